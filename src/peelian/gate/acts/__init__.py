"""What may be done at the door once a request is judged: papers, offices, stops, emergencies, reasons, counts."""

"""The force's own past patrol plans: present practice, to race methods against."""

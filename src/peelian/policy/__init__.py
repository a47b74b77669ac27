"""Pure rules: request + charter -> Verdict(allow, reasons). Cedar, mandates, labels, red lines, proofs.

Opens no data and asks no clock: whoever calls passes what is so, and gets back a yes or every reason for the no.
"""

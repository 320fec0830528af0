"""Acts of people, each recorded as a batch by somebody who may: closing, correcting, deciding, issuing, signing."""

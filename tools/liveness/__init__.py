"""What trains and judges the passive cues: recaptured photos of our own making, and the data's sequences."""

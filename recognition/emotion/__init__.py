"""Emotion reading: seven classes from grey 48x48 faces.

Not part of recognising people or of attendance. Reading the emotions of staff or pupils is forbidden
in the EU (Regulation (EU) 2024/1689, Art. 5(1)(f)); the product keeps it locked (docs/emotion-model.md).
"""

"""Kiosks, and why each of them recognised someone or did not."""

from faceroster.kiosks.models.crops import DecisionCrop
from faceroster.kiosks.models.decisions import Decision, FalseAccept, Outcome
from faceroster.kiosks.models.kiosks import Kiosk, KioskStatus
from faceroster.kiosks.models.tickets import SpentTicket

__all__ = ["Decision", "DecisionCrop", "FalseAccept", "Kiosk", "KioskStatus", "Outcome", "SpentTicket"]

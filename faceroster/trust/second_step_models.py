"""What is stored of signing in beside passwords: the second step, recovery codes, accounts elsewhere."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django_otp.models import ThrottlingMixin

from faceroster.core.models import PublicModel


class SecondStep(ThrottlingMixin, PublicModel):
    """A user's authenticator app. Not in force before ``confirmed_at``."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_step"
    )
    sealed_secret = models.BinaryField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    #: The time step of the last code that was taken: it and all before are used up.
    last_step = models.BigIntegerField(default=-1)

    def __str__(self) -> str:
        return str(self.user_id)

    def get_throttle_factor(self) -> float:
        return 1


class RecoveryCode(PublicModel):
    """One of the codes for whoever lost their app: 80 random bits, so a plain digest is enough."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes"
    )
    digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.user_id}, {'used' if self.used_at else 'unused'}"


class SecondStepDue(models.Model):
    """When a user who must have a second step was first told, and until when it may wait."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="second_step_due"
    )
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.user_id)

    @property
    def over(self) -> bool:
        return self.due_at <= timezone.now()


class ExternalAccount(PublicModel):
    """A user as an OpenID provider knows them."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="external")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="external_account_once")]

    def __str__(self) -> str:
        return f"{self.subject} ({self.issuer})"

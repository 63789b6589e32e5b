"""Base classes of every model."""

from __future__ import annotations

import uuid

from django.db import models


class PublicModel(models.Model):
    """A row that the outside may name: its key tells nothing about how many there are."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        abstract = True

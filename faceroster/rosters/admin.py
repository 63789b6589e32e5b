"""Kinds of leave, and who has more or fewer days of one. Everything else has pages of its own."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import ModelAdmin

from faceroster.rosters.models import LeaveEntitlement, LeaveKind


@admin.register(LeaveKind)
class LeaveKindAdmin(ModelAdmin):
    list_display = ("name", "paid", "limited", "days_per_year", "active")
    fields = ("name", "paid", "limited", "days_per_year", "active")


@admin.register(LeaveEntitlement)
class LeaveEntitlementAdmin(ModelAdmin):
    list_display = ("person", "kind", "year", "days", "note")
    list_filter = ("year", "kind")
    list_filter_sheet = False
    list_select_related = ("person", "kind")
    search_fields = ("person__name", "person__employee_number")
    autocomplete_fields = ("person",)
    fields = ("person", "kind", "year", "days", "note")

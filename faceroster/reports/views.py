"""Pages on who is in, who came when, and how long they stayed."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_required
def board(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html")


@login_required
def day_sheet(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html")

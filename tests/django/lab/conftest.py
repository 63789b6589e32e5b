"""A lab with a worker that has its models loaded, people who are enrolled, and fragments read back."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.support import pictures

LOOK, COMPARE = "/lab/look/", "/lab/compare/these/"


def upload(data: bytes, name: str = "probe.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "image/jpeg")


def look(client: Client, data: bytes) -> Any:
    return client.post(LOOK, {"picture": upload(data)})


def compare(client: Client, **files: bytes) -> Any:
    return client.post(COMPARE, {name: upload(data) for name, data in files.items()})


@pytest.fixture
def recogniser(worker: None, staff_client: Client) -> None:
    """The worker, its models loaded: it may answer for other work before."""
    for _ in range(20):
        answer = look(staff_client, pictures.no_face())
        if answer.status_code != 503:
            return
    pytest.fail(f"the recogniser never answered: {answer.content!r}")


@pytest.fixture(scope="session")
def card() -> dict[str, Any]:
    """A card of an emotion model, of the shape that the shipped one has; its figures mean nothing."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name("card.json").read_text(encoding="utf-8"))
    return found


class Fragment(HTMLParser):
    """Elements by tag, each as its attributes, and all text outside of drawings."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str, attribute: str) -> list[str]:
        """The values of ``attribute`` of every ``tag`` that has it."""
        return [str(attrs[attribute]) for name, attrs in self.elements if name == tag and attribute in attrs]


def fragment(answer: Any) -> Fragment:
    assert answer.status_code == 200, answer.content
    return Fragment(answer.content.decode())


def problem(answer: Any, status: int) -> tuple[str, str]:
    """The code and the text of a refusal."""
    assert answer.status_code == status, answer.content
    said = Fragment(answer.content.decode())
    return said.all("div", "data-code")[0], said.text

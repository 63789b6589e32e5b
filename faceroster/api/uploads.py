"""What comes in: JSON, and pictures as a file in a form or as the body itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.core.files.uploadedfile import SimpleUploadedFile
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, JSONParser, MultiPartParser

MIB = 1024 * 1024
#: A picture of the 15 MiB that the face library takes, and the form around it.
MAX_PICTURE_BODY = 16 * MIB

#: For the schema: a picture as the whole body.
RAW_PICTURE = dict.fromkeys(("image/jpeg", "image/png", "image/webp"), OpenApiTypes.BINARY)


class BoundedJSONParser(JSONParser):
    """JSON; brackets nested beyond the reader's depth are bad input and no failure of ours."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error


class PictureParser(BaseParser):
    """A body that is the picture. What it really is, its content tells and not its header."""

    media_type = "image/*"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        return {"image": SimpleUploadedFile("picture", stream.read())}


PICTURE_PARSERS = [MultiPartParser, PictureParser]


@extend_schema_field(OpenApiTypes.BINARY)
class PictureField(serializers.FileField):
    """A file whose content the face library judges, with its own codes; so an empty one passes here."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_empty_file=True, max_length=255, **kwargs)

"""What a browser may do with our pages: the Content-Security-Policy (docs/configuration.md)."""

from __future__ import annotations

from typing import Any

from csp.constants import NONCE, NONE, SELF

#: Nothing comes from elsewhere, and nothing runs that stands in a page: scripts and styles are our own files.
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],  # the nonce only where a page asks for it: the kiosk's import map
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

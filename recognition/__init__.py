"""FaceRoster's face library: images in, faces, embeddings and identities out.

Knows no Django, no Celery and no database. Nothing heavy loads at import; start with
:class:`recognition.engine.FaceEngine`.
"""

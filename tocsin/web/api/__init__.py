"""The API: what programs ask and change, each by a token; described by `/api/openapi.json`."""

from .app import BUSY, PATIENCE, make_api
from .gate import Gate
from .problem import Refusal, problem

__all__ = ["BUSY", "PATIENCE", "Gate", "Refusal", "make_api", "problem"]

"""The API: what programs ask and change, each by a token; described by `/api/openapi.json`."""

from .app import make_api
from .gate import Gate
from .problem import Refusal, problem

__all__ = ["Gate", "Refusal", "make_api", "problem"]

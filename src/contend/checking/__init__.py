"""Checking: what may be wrong with annotated documents, before somebody trains on them."""

from __future__ import annotations

from contend.checking.check import CheckReport, check
from contend.checking.findings import RULES, Finding, Part, Rule, Severity
from contend.checking.reading import read_part

__all__ = ["RULES", "CheckReport", "Finding", "Part", "Rule", "Severity", "check", "read_part"]

"""Intake: a file becomes findings, or typed rows."""

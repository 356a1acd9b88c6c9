"""Helpers shared by several subpackages: text formatting, atomic writes, package data."""

"""Forecasts of counts by place and month or year, fitted to a record: joint draws over places and periods."""

from contagion.inference.forecast.model import Forecast, fit

__all__ = ["Forecast", "fit"]

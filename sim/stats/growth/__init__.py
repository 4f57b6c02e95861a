"""Growth of counts, such as the lines of a network: curves, fits, forecasts, and two operators on one market."""

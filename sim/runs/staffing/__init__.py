"""Staffing: the smallest rotas of operators that meet a target."""

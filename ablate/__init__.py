"""Designed ablation studies: which part of a model matters, and does the data say so?"""

"""Layers that turn what data come as (numbers, categories, words) into what a network computes with."""

"""Executions of one meaning: each back end turns policies and claim lines into the same findings."""

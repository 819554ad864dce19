"""What a back end says of a claim: findings, how they are composed, and why."""

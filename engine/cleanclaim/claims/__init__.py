"""What a claim is: the line model, the field catalogue, the readers and the performer roster."""

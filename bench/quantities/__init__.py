"""What a number is: where a record has it, its unit, its text, which direction is better."""

"""All SQL of the shoppers' room: persons and recipients as they are sealed, what was told, and what is being let go."""

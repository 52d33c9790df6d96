"""One HTTP endpoint for every service: listening, guarding, routing, passing on."""

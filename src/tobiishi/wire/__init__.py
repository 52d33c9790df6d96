"""AWS's protocols: service models, requests and answers, errors, signatures."""

"""What the README claims of faults, each as a function that tries it: small in the tests, large in `make prove`."""

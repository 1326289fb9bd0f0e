"""What the system tests run on: real MTAs in private namespaces, a DNS stub and scripted servers."""

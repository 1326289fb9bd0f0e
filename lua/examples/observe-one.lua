-- Everywhere the policy acts; at Yahoo it only says what it would do, until we have looked at it.
rebuff.provider "yahoo".mode = "observe"

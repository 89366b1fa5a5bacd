"""A strict and moody Salesforce org on loopback; __main__.py starts it and says how."""

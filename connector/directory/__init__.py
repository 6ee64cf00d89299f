"""Where people are read. The adapters are imported where they are used: ldap3 alone costs a third of the start-up."""

"""What a command was given and cannot work with."""


class Unusable(RuntimeError):
    """The text says what it is, why it is of no use, and what to do; a command ends with it and exit code 1.

    Unusable
    ├── HomeInUse, HomeUnusable   the data folder (`home`)
    ├── JournalUnusable           the file in it (`journal`)
    ├── PortInUse                 the port (`server`)
    └── BadSetting                a variable of the environment (`stack`)
    """

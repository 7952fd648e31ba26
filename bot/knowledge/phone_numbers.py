"""Whether a phone number can be one, by the numbering plans of all countries."""

from __future__ import annotations

MANY_MISSING = 2
"""Digits by which a mobile number is doubted that is shorter than others."""


def exists(number: str, country_code: str | None) -> bool:
    """Whether such a number can be dialled in some country; one without a code in our own."""
    # Imported here: the plans take memory, and only `check` asks.
    import phonenumbers
    from phonenumbers import shortnumberinfo

    home = _region(country_code)
    try:
        parsed = phonenumbers.parse(number, home)
    except phonenumbers.NumberParseException:
        # Without a country, a number that has no code of its own may be one.
        return home is None and not number.startswith(("+", "00"))
    if phonenumbers.is_valid_number(parsed):
        return True
    return home is not None and shortnumberinfo.is_valid_short_number_for_region(parsed, home)


def looks_cut(number: str, country_code: str | None) -> bool:
    """Whether a mobile number of ours is far shorter than they are: its end may be missing.

    A few numbers of former times are as short, so that the plans allow them.
    """
    import phonenumbers

    if (home := _region(country_code)) is None:
        return False
    mobile = phonenumbers.PhoneNumberType.MOBILE
    example = phonenumbers.example_number_for_type(home, mobile)
    parsed = phonenumbers.parse(number, home)
    if example is None or phonenumbers.number_type(parsed) != mobile:
        return False
    missing = len(str(example.national_number)) - len(str(parsed.national_number))
    return (
        parsed.country_code == phonenumbers.country_code_for_region(home)
        and missing >= MANY_MISSING
    )


def _region(country_code: str | None) -> str | None:
    """The country of a code, as the plans name it."""
    import phonenumbers

    if country_code is None:
        return None
    found: str = phonenumbers.region_code_for_country_code(int(country_code.lstrip("+")))
    return found

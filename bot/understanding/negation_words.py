"""The words by which each language denies and contrasts; all folded, spoken forms among them.

These are closed classes of grammar, the same for every community, so they are no content.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.knowledge.values import Language
from bot.understanding.text import Token

_STARTS = re.compile(r"(?:maan|ata|taa|daa)$")
"""Ends of what a Finnish `ala` begins to do: `ala seurata` is no `älä seuraa`."""


@dataclass(frozen=True)
class Grammar:
    """How one language denies."""

    negators: frozenset[str]
    """Words that negate what follows them, or in Swedish what stands before them."""
    noun_negators: frozenset[str]
    """Those that may negate a noun alone."""
    wish: re.Pattern[str]
    """Verbs whose negation denies what they are about: wanting, needing, asking, meaning."""
    not_denied: re.Pattern[str]
    """Verbs whose negation asks for help or tells: knowing, finding, being able."""
    contrasts: frozenset[str]
    """Words after which stands what is meant."""
    corrections: frozenset[str]
    """Those of them that stand after a negation only."""
    limiters: frozenset[str]
    """`just`, `only`: so does what stands after them, but not right after the negative word."""
    leads: frozenset[str]
    """Words that may stand before the negation of a mere noun."""
    copulas: frozenset[str]
    """Verbs of being: negated they deny only where a contrast follows."""
    why: frozenset[str]
    """Words of a question in which a negation is no denial."""
    question_openers: frozenset[str] = frozenset()
    """Words that begin a question in which a negation is none, where it ends in a `?`."""
    forbids: frozenset[str] = frozenset()
    """Negative words that forbid: `älä`, `don't`."""
    tells: frozenset[str] = frozenset()
    """Verbs of telling: forbidden, they deny what is not to be told."""
    misses: frozenset[str] = frozenset()
    """Verbs that turn the wish: `en halua missata`."""
    subordinate: frozenset[str] = frozenset()
    """Words by which a clause goes on with the one before it."""
    continuing: frozenset[str] = frozenset()
    """Negative words that go on with a denial: `enkä`, `nor`."""
    joiners: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()
    predicates: frozenset[str] = frozenset()
    """Words that make a negation at the beginning no denial of a noun: `not sure`."""
    exceptions: frozenset[str] = frozenset()
    """Two words after which stands what is meant: `muuta kuin`."""
    instead: frozenset[str] = frozenset()
    """Words of `instead of`."""
    instead_phrases: tuple[tuple[str, ...], ...] = ()
    instead_follows: bool = False
    """Whether it stands after what it denies: `kokousten sijaan`."""
    verb_first: bool = False
    """Whether the negative word stands after the verb."""
    verb_next: bool = False
    """Whether a verb is likeliest after a negative word, so that a noun must look like one."""
    subjects: frozenset[str] = frozenset()
    """Words before a spoken `et` that is no `että`."""
    affirmative: re.Pattern[str] = field(default_factory=lambda: re.compile(r"(?!)"))
    """Forms of a verb that no negative word can negate: `ei, tarkoitin Lapuaa`."""
    after_no: frozenset[str] = frozenset()
    """Words before which `no` is an answer and negates nothing."""
    noun: re.Pattern[str] = field(default_factory=lambda: re.compile(r"(?!)"))

    def negates(self, tokens: Sequence[Token], at: int, first: int) -> bool:
        """Whether a word is negative, in a part of a message that begins at `first`."""
        token = tokens[at]
        if token.folded not in self.negators:
            return False
        if token.folded == "et" and at > first:
            # Spoken `että`: `sori et vaivaan`, but `sä et saa`.
            return tokens[at - 1].folded in self.subjects
        if token.folded in ("ala", "alkaa") and "ä" not in token.norm:
            # Typed without dots: `ala unohda minua`, but not `ala seurata Lappia`.
            return at + 1 < len(tokens) and not _STARTS.search(tokens[at + 1].folded)
        if token.folded == "no" and at + 1 < len(tokens):
            return tokens[at + 1].folded not in self.after_no
        return True

    def wishes(self, word: str) -> bool:
        """Whether a word is a verb of wanting, needing, asking or meaning."""
        return self.wish.fullmatch(word) is not None and self.affirmative.fullmatch(word) is None

    def plain(self, word: str) -> bool:
        """Whether a word is a verb whose negation is no denial."""
        return self.not_denied.fullmatch(word) is not None

    def nominal(self, word: str) -> bool:
        """Whether a word looks like a noun."""
        return self.noun.fullmatch(word) is not None


def _of(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CONTRACTED = (
    "don't doesn't didn't isn't aren't wasn't weren't won't wouldn't can't couldn't shouldn't "
    "haven't hasn't hadn't ain't mustn't needn't"
)

GRAMMARS: Mapping[Language, Grammar] = {
    "fi": Grammar(
        negators=_of(
            "en et ei emme ette eivat eivat emma emmaa emmie enma enmaa emmo emmoo e "
            "enka etka eika emmeka etteka eivatka ala alkaa alka alkoon alaka alkaaka "
            "etten ettet ettei ettemme ettette etteivat mutten muttet muttei jotten jottei "
            "alas alapas alahan ethan enhan eihan emmehan ettehan eivathan"
        ),
        noun_negators=_of("ei en et emme eika enka eivat"),
        wish=re.compile(
            r"halu\w*|haluu|tahdo\w*|tahtoi\w*|tarvi\w*|tartte\w*|tartt\w*|kaipa\w*|kaivannu\w*|"
            r"kysy\w*|kysele\w*|kysellyt|tarkoit\w*|tarkot\w*|etsi\w*|hae|hakenut|hakenu|kiinnost\w*|"
            r"valita|pyyd\w*|pyyta\w*|meinan\w*|meinaa|puhu\w*|tiedustel\w*|kyse|kysymys|kaipais\w*"
        ),
        not_denied=re.compile(
            r"tied\w*|tien\w*|tiia\w*|tiija|tia|tiennyt|loyd\w*|loyt\w*|saa|saanut|saanu|saatu|"
            r"saa?isi\w*|paas\w*|muista\w*|muistan\w*|ymmarr\w*|ymmarta\w*|osaa|osan\w*|nay|nayt\w*|"
            r"nakyn\w*|nahnyt|toimi\w*|voi|voinut|voisi\w*|tunne|tuntenut|auta\w*|vasta\w*|onnistu\w*|"
            r"kehtaa|jaksa\w*|uskalla\w*|ehdi\w*|ehti\w*|pysty\w*|keksi\w*|avaudu|aukea|"
            r"ilmoit\w*|mahdu|sovi|tule|tullut|tullu|haittaa|koskaan|selvinnyt|selvia"
        ),
        contrasts=_of("vaan vaa mutta mut"),
        corrections=_of("vaan vaa"),
        limiters=_of("vain pelkastaan ainoastaan pelkat pelkka pelkan pelkkia"),
        leads=_of("no siis ja mutta mut eiku joo juu okei ok hei moi kiitos ei nyt sori anteeksi"),
        copulas=_of("ole oo ollut ollu olisi olis olekaan oltu"),
        why=_of("miksi miks miksei miksen mikset miksemme miksette mikseivat minka_takia"),
        question_openers=_of(
            "enko etko eiko emmeko etteko eivatko eiks eikos enks etks etkos enkos emmeks"
        ),
        forbids=_of("ala alkaa alas"),
        tells=_of(
            "kerro kertoko kertoa nayta nayttako anna antako luettele selita laheta lahettako "
            "listaa"
        ),
        misses=_of("missata unohtaa jaada myohastya hukata missaa unohda"),
        subordinate=_of("etta et joka jotka jota joita jossa jonka jotta"),
        continuing=_of("enka etka eika emmeka etteka eivatka"),
        joiners=_of("ja mutta mut"),
        articles=_of("niita noita naita sita tuota tata"),
        predicates=_of("kiitos ihan kai kun ku mitaan kukaan ainakaan"),
        exceptions=_of("") | {"muuta kuin", "muita kuin", "mitaan kuin", "muu kuin", "muuta ku"},
        instead=_of("sijaan sijasta asemesta"),
        instead_follows=True,
        verb_next=True,
        subjects=_of("sina sa saa sie"),
        affirmative=re.compile(r"\w+(?:[aeiouy]n|mme)"),
        noun=re.compile(
            r"\w{3,}(?:ia|ja|oa)|tuo|tuota|sita|niita|noita|"
            r"naita|tama|tata|se|ne|nuo|nama|kokous\w*|linkit|tiedot"
        ),
    ),
    "sv": Grammar(
        negators=_of("inte icke ej int inta aldrig inga"),
        noun_negators=_of("inte icke ej int inga"),
        wish=re.compile(
            r"behov\w*|vill|ville|vilja|velat|fraga\w*|fragar|menar?|menade|menat|soker|sokte|sokt|"
            r"leta\w*|intresser\w*|ute|undra\w*|bad|bett|bryr|onska\w*|efter|talar?|talade|pratar?"
        ),
        not_denied=re.compile(
            r"vet|visste|hitta\w*|far|fick|fatt|forsta\w*|forstod|kan|kunde|kunnat|minns|kommer|"
            r"kom|ser|sag|begrip\w*|fatta\w*|hjalp\w*|fungera\w*|funka\w*|svara\w*|lyck\w*|lar|blir|orkar|hinner"
        ),
        contrasts=_of("utan men"),
        corrections=_of("utan"),
        limiters=_of("bara endast enbart blott"),
        leads=_of("nej men och alltsa ok okej hej tack sa jo ja nu ursakta"),
        copulas=_of("ar var galler gallde handlar handlade finns fanns har hade"),
        why=_of("varfor varfo hurfor"),
        question_openers=_of(
            "finns har kan ska skall far ar blir gar kommer vill borde vet hittar skulle kunde "
            "behover maste bor"
        ),
        forbids=_of("inte int ej"),
        tells=_of("beratta visa ge lista skicka forklara"),
        misses=_of("missa glomma forsena"),
        subordinate=_of("att som"),
        continuing=_of("eller heller"),
        joiners=_of("och men"),
        articles=_of("den det de dem en ett"),
        predicates=_of(
            "vet hittar alls saker annu an sant kan illa konstigt langre minst heller nan fler"
        ),
        exceptions=_of("") | {"annat an", "annan an", "andra an"},
        instead=_of("stallet istallet"),
        instead_phrases=(("istallet", "for"), ("stallet", "for")),
        verb_first=True,
        noun=re.compile(r"\w{4,}(?:na|en|et|erna|orna|arna)|den|det|de"),
    ),
    "en": Grammar(
        negators=_of(f"not never no nor neither cannot {_CONTRACTED}")
        | _of(_CONTRACTED.replace("'", "")) - _of("wont cant")
        | _of("cant wont"),
        noun_negators=_of("not no nor neither"),
        wish=re.compile(
            r"wants?|wanted|wanna|needs?|needed|means?|meant|ask|asked|asking|look|looking|care|"
            r"interested|requires?|required|request\w*|seek|seeking|talking|wish|like|after"
        ),
        not_denied=re.compile(
            r"know|knew|find|found|see|seen|get|got|getting|understand|remember|sure|certain|able|"
            r"hear|heard|receive\w*|reach|work|works|working|think|believe|exist\w*|manage\w*"
        ),
        contrasts=_of("but"),
        corrections=_of("but"),
        limiters=_of("just only rather instead merely"),
        leads=_of("no but and so well please sorry ok okay hey hi hmm oh yes thanks then or"),
        copulas=_of(
            "am is are was were be been i'm it's that's he's she's they're we're you're do does "
            "did have has had will would can could should may might must im its thats or there's"
        ),
        why=_of("why how_come"),
        question_openers=_of(f"is are do does did can could would should will {_CONTRACTED}")
        | _of(_CONTRACTED.replace("'", "")),
        forbids=_of("don't dont not never"),
        tells=_of("tell show give list send explain"),
        misses=_of("miss forget"),
        after_no=_of(
            "i i'm i'd i've im sorry wait actually it it's its that that's thats this you we we're "
            "they he she not the a an please but thanks thank just only my no don't dont what who "
            "when where how which in for to at oh and or so"
        ),
        subordinate=_of("that which"),
        continuing=_of("nor or neither"),
        joiners=_of("and but"),
        articles=_of("the a an any those these that this"),
        predicates=_of(
            "sure certain working able getting available found clear possible allowed right "
            "correct really yet only just at bad now too idea problem thanks worries one way more "
            "longer doubt matter thank good okay ok long"
        ),
        exceptions=_of("") | {"other than", "anything except"},
        instead=_of("instead rather"),
        instead_phrases=(("instead", "of"), ("rather", "than")),
    ),
}
"""By language."""

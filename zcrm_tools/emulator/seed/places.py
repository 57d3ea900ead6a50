"""Countries as an address book knows them: cities, streets, postcodes, and telephone numbers nobody answers.

Numbers come from the ranges that regulators keep for fiction (555-01xx in North America; Ofcom's, ComReg's, ARCEP's,
the Bundesnetzagentur's, PTS's and ACMA's drama numbers). Where a country keeps none, the subscriber part begins with a
0 where its numbering plan has none, so the number cannot be dialled.
In patterns `#` is a digit, `@` a letter of a postcode.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from random import Random


class City(NamedTuple):
    name: str
    state: str
    postcode: str
    phone: str


class Country(NamedTuple):
    name: str
    region: str
    zone: str
    tongue: str
    """Whose words its companies are named in (see `firms.py`)."""
    mobile: str
    streets: str
    """Patterns of a street line, `;` between them; `{n}` is the house number."""
    cities: tuple[City, ...]


_C = City

COUNTRIES: tuple[Country, ...] = (
    Country(
        "United States", "Americas", "America/New_York", "us", "",
        "{n} Commerce Pkwy;{n} Industrial Blvd;{n}00 Harbor Ave;{n} Old Mill Rd;{n}10 Lincoln St;{n} Foundry Ln;"
        "{n} W Cedar St;{n}40 Airport Way, Suite {m}00;{n} Riverside Dr;{n}5 Market St, Floor {m}",
        (
            _C("Portland", "OR", "972##", "(503) 555-01##"), _C("Seattle", "WA", "981##", "(206) 555-01##"),
            _C("Sacramento", "CA", "958##", "(916) 555-01##"), _C("San Diego", "CA", "921##", "(619) 555-01##"),
            _C("Denver", "CO", "802##", "(303) 555-01##"), _C("Austin", "TX", "787##", "(512) 555-01##"),
            _C("Houston", "TX", "770##", "(713) 555-01##"), _C("Minneapolis", "MN", "554##", "(612) 555-01##"),
            _C("Chicago", "IL", "606##", "(312) 555-01##"), _C("Columbus", "OH", "432##", "(614) 555-01##"),
            _C("Nashville", "TN", "372##", "(615) 555-01##"), _C("Atlanta", "GA", "303##", "(404) 555-01##"),
            _C("Charlotte", "NC", "282##", "(704) 555-01##"), _C("Baltimore", "MD", "212##", "(410) 555-01##"),
            _C("Philadelphia", "PA", "191##", "(215) 555-01##"), _C("Boston", "MA", "021##", "(617) 555-01##"),
            _C("Portland", "ME", "041##", "(207) 555-01##"), _C("Tampa", "FL", "336##", "(813) 555-01##"),
            _C("Boise", "ID", "837##", "(208) 555-01##"), _C("Omaha", "NE", "681##", "(402) 555-01##"),
        ),
    ),
    Country(
        "Canada", "Americas", "America/Toronto", "us", "",
        "{n} Queen St W;{n}0 Dundas St E;{n} Front St;{n}5 Terminal Ave;{n}0 Steeles Ave;{n} Wharf Rd, Unit {m};"
        "{n} rue Saint-Paul",
        (
            _C("Toronto", "ON", "M5V #@#", "(416) 555-01##"), _C("Mississauga", "ON", "L5T #@#", "(905) 555-01##"),
            _C("Montréal", "QC", "H3C #@#", "(514) 555-01##"), _C("Québec", "QC", "G1R #@#", "(418) 555-01##"),
            _C("Halifax", "NS", "B3J #@#", "(902) 555-01##"), _C("Winnipeg", "MB", "R3B #@#", "(204) 555-01##"),
            _C("Calgary", "AB", "T2G #@#", "(403) 555-01##"), _C("Vancouver", "BC", "V6A #@#", "(604) 555-01##"),
        ),
    ),
    Country(
        "United Kingdom", "EMEA", "Europe/London", "en", "07700 900###",
        "{n} Station Road;Unit {m}, Canal Wharf;{n} Victoria Street;{n} Kirkgate;Unit {n}, Meadow Trading Estate;"
        "{n} Dock Street;{n} High Street;Building {m}, Northgate Business Park;{n} Mill Lane",
        (
            _C("Leeds", "West Yorkshire", "LS1# #@@", "0113 496 0###"), _C("Sheffield", "South Yorkshire", "S# #@@", "0114 496 0###"),
            _C("Nottingham", "Nottinghamshire", "NG# #@@", "0115 496 0###"), _C("Leicester", "Leicestershire", "LE# #@@", "0116 496 0###"),
            _C("Bristol", "", "BS# #@@", "0117 496 0###"), _C("Birmingham", "West Midlands", "B# #@@", "0121 496 0###"),
            _C("Edinburgh", "Scotland", "EH# #@@", "0131 496 0###"), _C("Glasgow", "Scotland", "G# #@@", "0141 496 0###"),
            _C("Liverpool", "Merseyside", "L# #@@", "0151 496 0###"), _C("Manchester", "Greater Manchester", "M# #@@", "0161 496 0###"),
            _C("London", "", "SE# #@@", "020 7946 0###"), _C("Newcastle upon Tyne", "Tyne and Wear", "NE# #@@", "0191 498 0###"),
            _C("Cardiff", "Wales", "CF1# #@@", "029 2018 0###"), _C("Belfast", "Northern Ireland", "BT# #@@", "028 9649 6###"),
            _C("Grimsby", "Lincolnshire", "DN3# #@@", "01632 960###"),
        ),
    ),
    Country(
        "Ireland", "EMEA", "Europe/Dublin", "en", "",
        "{n} Harbour Row;Unit {m}, Ballymount Road;{n} Patrick Street;{n} Mill Road;Unit {n}, Raheen Business Park",
        (
            _C("Dublin", "", "D1# @###", "020 91# ####"), _C("Cork", "Co. Cork", "T12 @###", "020 91# ####"),
            _C("Galway", "Co. Galway", "H91 @###", "020 91# ####"), _C("Limerick", "Co. Limerick", "V94 @###", "020 91# ####"),
        ),
    ),
    Country(
        "Germany", "EMEA", "Europe/Berlin", "de", "0171 39200##",
        "Hafenstraße {n};Industriestraße {n};Am Güterbahnhof {n};Lindenallee {n};Gewerbepark {n};Kühlhausweg {n};"
        "Schillerstraße {n}",
        (
            _C("Berlin", "Berlin", "101##", "030 23125 ###"), _C("Hamburg", "Hamburg", "204##", "040 66969 ###"),
            _C("Frankfurt am Main", "Hessen", "603##", "069 90009 ###"), _C("Köln", "Nordrhein-Westfalen", "506##", "0221 4710 ###"),
            _C("München", "Bayern", "803##", "089 99998 ###"),
        ),
    ),
    Country(
        "France", "EMEA", "Europe/Paris", "fr", "06 39 98 ## ##",
        "{n} rue du Port;{n} avenue Jean-Moulin;{n} quai des Entrepôts;ZI des Aulnes, bât. {m};{n} route de Lyon;"
        "{n} rue des Halles",
        (
            _C("Rungis", "Île-de-France", "94150", "01 99 00 ## ##"), _C("Nantes", "Pays de la Loire", "44###", "02 61 91 ## ##"),
            _C("Strasbourg", "Grand Est", "67###", "03 53 01 ## ##"), _C("Lyon", "Auvergne-Rhône-Alpes", "6900#", "04 65 71 ## ##"),
            _C("Bordeaux", "Nouvelle-Aquitaine", "33###", "05 36 49 ## ##"),
        ),
    ),
    Country(
        "Netherlands", "EMEA", "Europe/Amsterdam", "nl", "",
        "Havenweg {n};Koelhuisstraat {n};Stationsplein {n};Nijverheidsweg {n};Veilingdreef {n}",
        (
            _C("Rotterdam", "Zuid-Holland", "30## @@", "010 0## ####"), _C("Amsterdam", "Noord-Holland", "10## @@", "020 0## ####"),
            _C("Utrecht", "Utrecht", "35## @@", "030 0## ####"), _C("Aalsmeer", "Noord-Holland", "143# @@", "0297 0## ###"),
            _C("Venlo", "Limburg", "591# @@", "077 0## ####"),
        ),
    ),
    Country(
        "Sweden", "EMEA", "Europe/Stockholm", "sv", "070-174 06 ##",
        "Hamngatan {n};Industrivägen {n};Kyrkogatan {n};Frihamnen {n};Fabriksgatan {n}",
        (
            _C("Stockholm", "", "11# ##", "08-465 004 ##"), _C("Göteborg", "", "41# ##", "031-390 06 ##"),
            _C("Malmö", "", "21# ##", "040-628 04 ##"),
        ),
    ),
    Country(
        "Spain", "EMEA", "Europe/Madrid", "es", "",
        "Calle del Puerto, {n};Avenida de la Industria, {n};Polígono Las Salinas, nave {m};Calle Mayor, {n}",
        (
            _C("Vigo", "Galicia", "362##", "+34 0986 ## ## ##"), _C("Valencia", "Comunitat Valenciana", "460##", "+34 0963 ## ## ##"),
            _C("Zaragoza", "Aragón", "500##", "+34 0976 ## ## ##"), _C("Sevilla", "Andalucía", "410##", "+34 0954 ## ## ##"),
        ),
    ),
    Country(
        "Poland", "EMEA", "Europe/Warsaw", "pl", "",
        "ul. Portowa {n};ul. Przemysłowa {n};ul. Chłodna {n};al. Zwycięstwa {n};ul. Magazynowa {n}",
        (
            _C("Warszawa", "mazowieckie", "02-###", "+48 022 0## ## ##"), _C("Gdynia", "pomorskie", "81-###", "+48 058 0## ## ##"),
            _C("Poznań", "wielkopolskie", "61-###", "+48 061 0## ## ##"), _C("Łódź", "łódzkie", "90-###", "+48 042 0## ## ##"),
        ),
    ),
    Country(
        "Greece", "EMEA", "Europe/Athens", "el", "",
        "Akti Miaouli {n};Egnatia {n};Leoforos Athinon {n}",
        (_C("Piraeus", "Attica", "185 ##", "+30 010 0## ####"), _C("Thessaloniki", "Central Macedonia", "546 ##", "+30 0310 0## ###")),
    ),
    Country(
        "Ukraine", "EMEA", "Europe/Kyiv", "uk", "",
        "vul. Sadova {n};vul. Naberezhna {n};prosp. Myru {n}",
        (_C("Kyiv", "", "01###", "+380 044 0## ## ##"), _C("Lviv", "", "790##", "+380 032 0## ## ##"), _C("Odesa", "", "650##", "+380 048 0## ## ##")),
    ),
    Country(
        "United Arab Emirates", "EMEA", "Asia/Dubai", "ar", "",
        "Warehouse {n}, Al Quoz Industrial {m};Plot {n}, Jebel Ali Free Zone;{n} Al Wahda Street",
        (_C("Dubai", "Dubai", "", "+971 4 0## ####"), _C("Abu Dhabi", "Abu Dhabi", "", "+971 2 0## ####"), _C("Sharjah", "Sharjah", "", "+971 6 0## ####")),
    ),
    Country(
        "Kenya", "EMEA", "Africa/Nairobi", "en", "",
        "{n} Enterprise Road;{n} Mombasa Road;{n} Moi Avenue",
        (_C("Nairobi", "", "00###", "+254 020 0## ####"), _C("Mombasa", "", "80###", "+254 041 0## ####")),
    ),
    Country(
        "India", "APAC", "Asia/Kolkata", "in", "",
        "Plot {n}, MIDC Industrial Area;{n}/{m}, Residency Road;Survey No. {n}, Hosur Road;{n}, Station Road;"
        "Shed {m}, GIDC Estate Phase {m}",
        (
            _C("Bengaluru", "Karnataka", "5600##", "+91 80 0### ####"), _C("Pune", "Maharashtra", "4110##", "+91 20 0### ####"),
            _C("Mumbai", "Maharashtra", "4000##", "+91 22 0### ####"), _C("Hyderabad", "Telangana", "5000##", "+91 40 0### ####"),
            _C("Ahmedabad", "Gujarat", "3800##", "+91 79 0### ####"), _C("Chennai", "Tamil Nadu", "6000##", "+91 44 0### ####"),
        ),
    ),
    Country(
        "Japan", "APAC", "Asia/Tokyo", "ja", "",
        "{m}-{n} Minato;{m}-{n}-{m} Chuo;{m}-{n} Kaigan-dori;{n} Ryutsu Center",
        (
            _C("Tokyo", "Tokyo", "10#-00##", "03-0###-####"), _C("Osaka", "Osaka", "53#-00##", "06-0###-####"),
            _C("Yokohama", "Kanagawa", "23#-00##", "045-0##-####"), _C("Sapporo", "Hokkaido", "06#-00##", "011-0##-####"),
        ),
    ),
    Country(
        "South Korea", "APAC", "Asia/Seoul", "ko", "",
        "{n} Haean-daero;{n} Teheran-ro;{n} Gonghang-ro",
        (_C("Seoul", "", "06###", "+82 02 0### ####"), _C("Busan", "", "48###", "+82 051 0## ####")),
    ),
    Country(
        "Singapore", "APAC", "Asia/Singapore", "en", "",
        "{n} Fishery Port Road;{n} Pandan Loop #0{m}-1{m};{n} Tuas Avenue {m};{n} Buroh Lane",
        (_C("Singapore", "", "6#####", "+65 0### ####"),),
    ),
    Country(
        "Australia", "APAC", "Australia/Melbourne", "en", "",
        "{n} Dock Road;Unit {m}/{n} Enterprise Drive;{n} Market Street;{n} Abattoir Road;{n} Swanston Street",
        (
            _C("Melbourne", "VIC", "30##", "(03) 5550 ####"), _C("Sydney", "NSW", "20##", "(02) 5550 ####"),
            _C("Brisbane", "QLD", "40##", "(07) 5550 ####"), _C("Perth", "WA", "60##", "(08) 5550 ####"),
            _C("Hobart", "TAS", "70##", "(03) 7010 ####"), _C("Adelaide", "SA", "50##", "(08) 7010 ####"),
        ),
    ),
    Country(
        "Brazil", "Americas", "America/Sao_Paulo", "pt", "",
        "Rua do Porto, {n};Avenida das Indústrias, {n};Rua São Bento, {n}",
        (_C("São Paulo", "SP", "0####-###", "+55 11 0### ####"), _C("Curitiba", "PR", "80###-###", "+55 41 0### ####"), _C("Recife", "PE", "50###-###", "+55 81 0### ####")),
    ),
    Country(
        "Mexico", "Americas", "America/Mexico_City", "es", "",
        "Av. Insurgentes {n};Calz. del Valle {n};Parque Industrial Lote {n}",
        (_C("Monterrey", "N.L.", "64###", "+52 081 0### ####"), _C("Guadalajara", "Jal.", "44###", "+52 033 0### ####")),
    ),
)  # fmt: skip

BY_NAME: dict[str, Country] = {country.name: country for country in COUNTRIES}

DIALLING: dict[str, str] = {
    "United States": "+1", "Canada": "+1", "United Kingdom": "+44", "Ireland": "+353", "Germany": "+49",
    "France": "+33", "Netherlands": "+31", "Sweden": "+46", "Japan": "+81", "Australia": "+61",
}  # fmt: skip

_LETTERS = "ABDEFGHJLNPQRSTUWXY"


def fill(rng: Random, pattern: str) -> str:
    return "".join(
        str(rng.randrange(10)) if c == "#" else rng.choice(_LETTERS) if c == "@" else c for c in pattern
    )


def street(rng: Random, country: Country) -> str:
    pattern = rng.choice(country.streets.split(";"))
    return pattern.format(n=rng.randrange(2, 98), m=rng.randrange(1, 9))


def international(phone: str, country: str) -> str:
    """The number as it is written from abroad; unchanged where it already is."""
    code = DIALLING.get(country)
    if code is None or phone.startswith("+"):
        return phone
    if code == "+1":
        return f"+1 {phone}"
    bare = phone.replace("(", "").replace(")", "")
    return f"{code} {bare.removeprefix('0')}"

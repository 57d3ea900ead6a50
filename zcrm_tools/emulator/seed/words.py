"""The words companies are named with, by language: invented places and forms of a name by trade.

`{p}` is a place, `{s}` a family name, `{t}` another one; `_` stands for a space inside a place's name. In another
script a place or form carries its romanisation after `=`, from which web addresses are made.
"""

from typing import NamedTuple


class Words(NamedTuple):
    """Invented places and the forms of a company's name by trade; `culture` gives the family names."""

    culture: str
    places: str
    forms: dict[str, str]


_ENGLISH: dict[str, str] = {
    "hospital": "{p} General Hospital;{p} Children's Hospital;{p} Regional Medical Center;{p} Community Health;"
    "St Brannoc's Hospital, {p};{p} Blood Services;{p} Women's Hospital;{p} Memorial Hospital",
    "pharma": "{s} Pharma Distribution;{p} Pharmaceuticals;{s} & {t} Wholesale Chemists;{p} Pharmacy Group;"
    "{s} Healthcare Logistics;{p} Specialty Pharmacy",
    "lab": "{p} Biosciences;{s} Diagnostics;{p} Institute for Immunology;{s} Clinical Research;{p} Biobank;"
    "{s} & {t} Laboratories;{p} Cell Therapies",
    "logistics": "{s} Cold Storage;{p} Refrigerated Transport;{s} & Sons Haulage;{p} Reefer Lines;"
    "{s} {t} Logistics;{p} Cold Chain Services;{s} Freight",
    "grocer": "{p} Food Markets;{s} Grocers;{p} Co-operative;{s} & {t} Fine Foods;{p} Farm Shops",
    "dairy": "{p} Creamery;{s} Dairies;{p} Valley Cheese;{s} & Daughters Ice Cream;{p} Organic Milk",
    "seafood": "{s} Seafoods;{p} Fish Company;{p} Shellfish;{s} & {t} Smokehouse;{p} Oyster Company",
    "produce": "{p} Growers;{s} Fresh Produce;{p} Berry Farms;{s} & {t} Fruit Merchants;{p} Salads",
    "catering": "{s} Catering;{p} Kitchens;{s} & {t} Events;{p} School Meals",
    "reseller": "{s} Refrigeration;{p} Cooling Systems;{s} & {t} Controls;{p} Instrumentation",
}

WORDS: dict[str, Words] = {
    "en": Words(
        "english",
        "Ashcombe Aldermoor Brackwater Bramhollow Calderby Carrowmere Coldbeck Dunmere Eastmarsh Ellerside Fallowfield "
        "Fernhaven Grimsdale Hartsmoor Hazelbourne Hollowbrook Ironbridge_Bay Kestrel_Bay Kingsmarsh Lakenholt Larkhill "
        "Longmire Marrowby Millhaven Netherwick Northolme Oakhanger Otterburn_Hill Pinecrest Priorswood Quarrydale "
        "Ravensholm Redcliff_Point Rooksmere Saltmarsh Sandholme Silverdale_Lake Stonebeck Summerfold Thornbury_Heath "
        "Tidewater_Cove Upwey Wetherholt Whitcombe Willowdale Winterbourne_Cross Wolds_End Yarrowby",
        _ENGLISH,
    ),
    "us": Words(
        "american",
        "Amber_Prairie Birch_Hollow Blue_Heron_Bay Cedar_Bluff_Junction Copper_Hollow Cottonwood_Crossing Eagle_Bend "
        "Elk_Meadow Fox_Landing Granite_Pass Gray_Wolf_Lake Harvest_Plains Indigo_Springs Juniper_Ridge Kestrel_Mesa "
        "Larkspur_Flats Lone_Alder Maple_Harbor Mill_Prairie Northfork Osprey_Point Painted_Bluff Pelican_Shoals Pinyon "
        "Prairie_Bend Quail_Run Red_Alder Rolling_Creek Sagewater Sandpiper_Bay Silver_Aspen Sparrow_Hill Summit_Pines "
        "Sweetgrass_Valley Tamarack_Lake Three_Rivers_Mill Timberline Walnut_Fork Whitetail Willow_Bend Windmill_Flats",
        _ENGLISH,
    ),
    "de": Words(
        "german",
        "Birkental Eschfeld Hohenau Lindenrode Moorbruch Neuwiesen Rabenstein Rotheim Seeburg Steinach_am_Moor "
        "Tannhausen Uferstedt Waldenau Wiesengrund",
        {
            "hospital": "Klinikum {p};St.-Marien-Hospital {p};Universitätsmedizin {p};Kinderklinik {p}",
            "pharma": "{s} Pharmagroßhandel GmbH;{p}er Apothekenversorgung GmbH;{s} & {t} Pharma KG",
            "lab": "Labor Dr. {s} MVZ;{p} Biotech GmbH;{s} Diagnostik GmbH",
            "logistics": "{s} Kühllogistik GmbH;Kühlhaus {p} GmbH & Co. KG;Spedition {s} & Söhne",
            "grocer": "{s} Frischemärkte;Feinkost {s};Bio-Markt {p} eG",
            "dairy": "Molkerei {p} eG;{s} Eismanufaktur;Käserei {s}",
            "seafood": "{s} Feinfisch GmbH;Räucherei {s} & {t}",
            "produce": "Obsthof {s};Frischdienst {p} GmbH;Fruchtkontor {s} & {t}",
            "catering": "{s} Catering GmbH;Großküche {p}",
            "reseller": "{s} Kältetechnik GmbH;Messtechnik {s} & {t}",
        },
    ),
    "fr": Words(
        "french",
        "Valmorin Clairbois Saint-Aubrac Montfleury Rochevert Pont-Lérins Hauterive-sur-Mer Aulnaies-le-Bois Bellefontaine-Nord "
        "Grandpré-le-Vieux",
        {
            "hospital": "Centre hospitalier de {p};Clinique {s};Hôpital Sainte-Odile de {p}",
            "pharma": "Pharma {s} Distribution;Répartition pharmaceutique {p};Laboratoires {s} & {t}",
            "lab": "Biolab {p};Institut {s};{s} Génomique",
            "logistics": "Transports frigorifiques {s};Entrepôts du Froid de {p};{s} Frères Logistique",
            "grocer": "Les Halles de {p};Maison {s};Coopérative de {p}",
            "dairy": "Laiterie de {p};Fromagerie {s};Glaces {s}",
            "seafood": "Marée {s};Les Viviers de {p};Conserverie {s} & {t}",
            "produce": "Primeurs {s};Vergers de {p}",
            "catering": "Traiteur {s};Cuisines de {p}",
            "reseller": "{s} Froid Industriel;Clim & Froid {p}",
        },
    ),
    "nl": Words(
        "dutch",
        "Waterland-Oost Nieuwveen Zilverdam Overmeer Rietdijk Noordhaven Lindeloo Molenkade",
        {
            "hospital": "Ziekenhuis {p};Medisch Centrum {p}",
            "pharma": "{s} Farma B.V.;Apotheekgroep {p};{s} & {t} Medische Groothandel",
            "lab": "{p} Biosciences B.V.;Laboratorium {s}",
            "logistics": "{s} Koeltransport B.V.;Vrieshuis {p};{s} & {t} Logistiek",
            "grocer": "{s} Versmarkten;Coöperatie {p}",
            "dairy": "Zuivelfabriek {p};Kaasmakerij {s};{s} IJs",
            "seafood": "Visverwerking {s} B.V.;Rokerij {p}",
            "produce": "Bloemenexport {s} B.V.;Kwekerij {p};{s} Groenten & Fruit",
            "catering": "{s} Catering;Keuken van {p}",
            "reseller": "{s} Koeltechniek;{s} & {t} Meetsystemen",
        },
    ),
    "sv": Words(
        "nordic",
        "Granvik Lövåsa Norrsund Stenhamra_By Björkdal Ekholmen Vinterviken",
        {
            "hospital": "{p}s sjukhus;Region {p}",
            "pharma": "{s} Läkemedel AB;Apoteksgruppen {p}",
            "lab": "{p} Biolab AB;{s} Diagnostik AB",
            "logistics": "{s} Kyltransport AB;{p} Fryslager AB",
            "grocer": "{s} Livs;{p} Handel",
            "dairy": "{p} Mejeri;{s} Glass AB",
            "seafood": "{s} Fisk & Skaldjur AB;{p} Laxrökeri",
            "produce": "{s} Frukt & Grönt AB;{p} Bär",
            "catering": "{s} Måltider AB",
            "reseller": "{s} Kylteknik AB",
        },
    ),
    "es": Words(
        "hispanic",
        "Peñarroja Valdelomar Río_Claro Sierra_Mansa Puerto_Lirio Fuentenueva Las_Acacias Montesol",
        {
            "hospital": "Hospital {p};Clínica {s};Hospital Infantil {p}",
            "pharma": "Distribuidora Farmacéutica {s};Farma {p} S.A.;Droguería {s} y {t}",
            "lab": "Laboratorios {s};Biotecnología {p};Banco de Sangre {p}",
            "logistics": "Transportes Frigoríficos {s};Frío Industrial {p};Logística {s} e Hijos",
            "grocer": "Supermercados {s};Mercados {p};Almacenes {s} y {t}",
            "dairy": "Lácteos {p};Quesería {s};Helados {s}",
            "seafood": "Pescados {s};Mariscos {p};Conservas {s} y {t}",
            "produce": "Frutas {s};Hortícola {p};Cítricos {s}",
            "catering": "Comedores {s};Cocinas {p}",
            "reseller": "{s} Refrigeración;Clima {p}",
        },
    ),
    "pt": Words(
        "lusophone",
        "Serra_Azul Vale_Verde Porto_Sereno Campo_Lindo Águas_Frias Monte_Claro_do_Sul",
        {
            "hospital": "Hospital {p};Clínica {s};Hemocentro {p}",
            "pharma": "{s} Distribuidora Farmacêutica;Farma {p}",
            "lab": "Laboratório {s};Vacinas {p}",
            "logistics": "Transportes {s} Frigorificados;Armazéns Frios {p}",
            "grocer": "Supermercados {s};Empório {s} e {t}",
            "dairy": "Laticínios {p};Sorvetes {s}",
            "seafood": "Pescados {s}",
            "produce": "Frutas {p};Hortifruti {s}",
            "catering": "{s} Refeições",
            "reseller": "{s} Refrigeração",
        },
    ),
    "pl": Words(
        "polish",
        "Brzezina Jasny_Brzeg Lipowiec Modrzewie Sosnowa_Góra Zimna_Woda",
        {
            "hospital": "Szpital w Mieście {p};Centrum Medyczne {p}",
            "pharma": "Hurtownia Farmaceutyczna {s};Apteki {p} sp. z o.o.",
            "lab": "Laboratorium {s};BioLab {p}",
            "logistics": "{s} Transport Chłodniczy;Chłodnia {p} sp. z o.o.",
            "grocer": "Delikatesy {s};Spółdzielnia {p}",
            "dairy": "Mleczarnia {p};Lody {s}",
            "seafood": "Przetwórnia Ryb {s};Wędzarnia {p}",
            "produce": "Sady {p};Owoce {s}",
            "catering": "{s} Catering",
            "reseller": "{s} Chłodnictwo",
        },
    ),
    "el": Words(
        "greek",
        "Γαλήνη=Galini Αμπελώνα=Ampelona Ασπρονήσι=Aspronisi Λευκάδι=Lefkadi",
        {
            "hospital": "Κλινική {p}=Kliniki {p}",
            "pharma": "{p} Φαρμακευτική=Pharma {p};{s} Pharmaceuticals",
            "lab": "Βιοϊατρική {p}=Bioiatriki {p};{s} Diagnostics",
            "logistics": "Ψυγεία {p}=Psygeia {p};{s} Cold Logistics",
            "dairy": "Γαλακτοκομία {p}=Galaktokomia {p};{s} Dairy",
            "seafood": "{s} Aquaculture;Ιχθυοτροφεία {p}=Ichthyotrofeia {p}",
        },
    ),
    "uk": Words(
        "slavic",
        "Озерне=Ozerne Яснополь=Yasnopol Берегова=Berehova Зимовище=Zymovyshche",
        {
            "hospital": "Лікарня {p}=Likarnia {p}",
            "pharma": "Фарма {p}=Farma {p};{s} Pharma",
            "lab": "Лабораторія {p}=Laboratoriia {p}",
            "logistics": "Холод Логістика {p}=Kholod Logistyka {p};{s} Cold Logistics",
            "dairy": "Молокозавод {p}=Molokozavod {p}",
            "produce": "{s} Berries;Агро {p}=Ahro {p}",
        },
    ),
    "ar": Words(
        "arabic",
        "النخيل=Al_Nakheel الواحة=Al_Waha المرجان=Al_Murjan الياسمين=Al_Yasmeen السدرة=Al_Sidra",
        {
            "hospital": "مستشفى {p}={p} Hospital;{s} Medical Centre",
            "pharma": "صيدليات {p}={p} Pharmacies;{s} Drug Store LLC",
            "lab": "مختبرات {p}={p} Laboratories",
            "logistics": "{s} Cold Stores LLC;{p} للتبريد={p} Cooling",
            "grocer": "أسواق {p}={p} Markets;{s} & Sons Hypermarkets",
            "seafood": "{s} Fisheries LLC",
            "catering": "{s} Catering Services LLC;مطابخ {p}={p} Kitchens",
        },
    ),
    "in": Words(
        "indian",
        "Chandravan Devgarh_Lake Kamalpur Nandanvan Neelkhet Shantigram Surajnagar Vanasthali",
        {
            "hospital": "{p} Hospitals;{s} Nursing Home;{p} Blood Centre",
            "pharma": "{s} Pharma Pvt Ltd;{p} Biologicals Ltd;{s} & {t} Medical Agencies",
            "lab": "{s} Diagnostics;{p} Vaccines Ltd;{s} Life Sciences Pvt Ltd",
            "logistics": "{s} Cold Storage Pvt Ltd;{p} Reefer Logistics;{s} Brothers Transport",
            "grocer": "{p} Fresh Mart;{s} Superstores",
            "dairy": "{p} Milk Producers Union;{s} Dairy Products;{s} Kulfi & Ice Creams",
            "seafood": "{s} Marine Exports;{p} Aqua Foods",
            "produce": "{p} Agro Fresh;{s} Mango Exports",
            "catering": "{s} Caterers;{p} Kitchens",
            "reseller": "{s} Refrigeration Works;{p} Controls & Automation",
        },
    ),
    "ja": Words(
        "japanese",
        "緑川=Midorikawa 北浜=Kitahama 白鳥=Shiratori 桜台=Sakuradai 星野原=Hoshinohara 冬木=Fuyuki 青葉谷=Aobadani 湊町=Minatomachi",
        {
            "hospital": "{p}総合病院={p} General Hospital;{p}小児医療センター={p} Children's Medical Center",
            "pharma": "{p}薬品株式会社={p} Yakuhin;{s} Pharma Co., Ltd.",
            "lab": "株式会社{p}バイオ={p} Bio;{p}研究所={p} Kenkyusho",
            "logistics": "{p}冷蔵株式会社={p} Reizo;{p}低温物流={p} Teion;{s} Cold Storage Co., Ltd.",
            "grocer": "スーパー{p}=Super {p}",
            "dairy": "{p}乳業株式会社={p} Nyugyo",
            "seafood": "{p}水産株式会社={p} Suisan;{s} Suisan Co., Ltd.",
            "catering": "{p}給食センター={p} Kyushoku",
        },
    ),
    "ko": Words(
        "korean",
        "한빛=Hanbit 푸른들=Pureundeul 새벽=Saebyeok 하늘채=Haneulchae 동백=Dongbaek",
        {
            "hospital": "{p}병원={p} Hospital",
            "pharma": "{p}제약={p} Pharm;{s} Pharmaceutical Co.",
            "lab": "{p}바이오={p} Bio",
            "logistics": "{p}냉장물류={p} Cold Logis",
            "seafood": "{p}수산={p} Susan;{s} Fisheries",
            "dairy": "{p}유업={p} Dairy",
        },
    ),
}

"""Census figures of 2008 that the data pack carries, typed from their publications."""

CENSUS_PROVINCE = (
    "2008 census (DPR Korea Central Bureau of Statistics 2009), as en.wikipedia.org/wiki/"
    "2008_North_Korean_census and citypopulation.de/KoreaNorth.html give it"
)
CENSUS_SPLIT = (
    CENSUS_PROVINCE + "; row North Hamgyong incl. Rason 2327362 split by the city of Rason 196954"
)
CENSUS_CITY = (
    "2008 census, whole city with its rural part, as en.wikipedia.org/wiki/"
    "List_of_cities_in_North_Korea gives it"
)
GEONAMES = "GeoNames (geonames.org), CC BY 4.0"
UNVERIFIED = "from memory, unverified"

IN_MILITARY_CAMPS = 702_372
"""People counted in military camps: in the census total of 24,052,231, in no province."""

PROVINCE_COLUMNS = ("iso", "name", "population", "urban_share", "source", "urban_share_source")

_URBAN = "from memory, unverified; weighted mean 0.606 as published"

PROVINCES = (
    ("KP-01", "Pyongyang", 3_255_288, 0.867, CENSUS_PROVINCE, _URBAN),
    ("KP-02", "South Pyongan", 4_051_696, 0.652, CENSUS_PROVINCE + "; with Nampo", _URBAN),
    ("KP-03", "North Pyongan", 2_728_662, 0.525, CENSUS_PROVINCE, _URBAN),
    ("KP-04", "Chagang", 1_299_830, 0.630, CENSUS_PROVINCE, _URBAN),
    ("KP-05", "South Hwanghae", 2_310_485, 0.354, CENSUS_PROVINCE, _URBAN),
    ("KP-06", "North Hwanghae", 2_113_672, 0.459, CENSUS_PROVINCE + "; with Kaesong", _URBAN),
    ("KP-07", "Kangwon", 1_477_582, 0.493, CENSUS_PROVINCE, _URBAN),
    ("KP-08", "South Hamgyong", 3_066_013, 0.591, CENSUS_PROVINCE, _URBAN),
    ("KP-09", "North Hamgyong", 2_130_408, 0.705, CENSUS_SPLIT, _URBAN),
    ("KP-10", "Ryanggang", 719_269, 0.646, CENSUS_PROVINCE, _URBAN),
    ("KP-13", "Rason", 196_954, 0.705, CENSUS_SPLIT, _URBAN),
)

CITY_COLUMNS = (
    "name",
    "iso",
    "population",
    "latitude_deg",
    "longitude_deg",
    "source",
    "coordinates_source",
)

CITIES = (
    ("Pyongyang", "KP-01", 3_255_288, 39.03385, 125.75432, CENSUS_CITY, GEONAMES),
    ("Hamhung", "KP-08", 768_551, 39.91833, 127.53639, CENSUS_CITY, GEONAMES),
    ("Chongjin", "KP-09", 667_929, 41.79556, 129.77583, CENSUS_CITY, GEONAMES),
    ("Nampo", "KP-02", 366_815, 38.7375, 125.40778, CENSUS_CITY, GEONAMES),
    ("Wonsan", "KP-07", 363_127, 39.15278, 127.44361, CENSUS_CITY, GEONAMES),
    ("Sinuiju", "KP-03", 359_341, 40.10056, 124.39806, CENSUS_CITY, GEONAMES),
    ("Tanchon", "KP-08", 345_875, 40.458, 128.911, CENSUS_CITY, UNVERIFIED),
    ("Kaechon", "KP-02", 319_554, 39.70056, 125.89333, CENSUS_CITY, GEONAMES),
    ("Kaesong", "KP-06", 308_440, 37.97083, 126.55444, CENSUS_CITY, GEONAMES),
    ("Sariwon", "KP-06", 307_764, 38.50722, 125.75583, CENSUS_CITY, GEONAMES),
    ("Sunchon", "KP-02", 297_317, 39.43167, 125.93278, CENSUS_CITY, GEONAMES),
    ("Pyongsong", "KP-02", 284_386, 39.24639, 125.87194, CENSUS_CITY, GEONAMES),
    ("Haeju", "KP-05", 273_300, 38.04056, 125.71472, CENSUS_CITY, GEONAMES),
    ("Kanggye", "KP-04", 251_971, 40.96946, 126.58523, CENSUS_CITY, GEONAMES),
    ("Anju", "KP-02", 240_117, 39.61778, 125.66472, CENSUS_CITY, GEONAMES),
    ("Tokchon", "KP-02", 237_133, 39.75261, 126.25798, CENSUS_CITY, GEONAMES),
    ("Kimchaek", "KP-09", 207_299, 40.674, 129.202, CENSUS_CITY, UNVERIFIED),
    ("Rason", "KP-13", 196_954, 42.25559, 130.28308, CENSUS_CITY, GEONAMES),
    ("Kusong", "KP-03", 196_515, 39.97969, 125.2529, CENSUS_CITY, GEONAMES),
    ("Hyesan", "KP-10", 192_680, 41.40167, 128.17778, CENSUS_CITY, GEONAMES),
    ("Chongju", "KP-03", 189_742, 39.69333, 125.21028, CENSUS_CITY, GEONAMES),
    ("Huichon", "KP-04", 168_180, 40.171, 126.276, CENSUS_CITY, UNVERIFIED),
    ("Hoeryong", "KP-09", 153_532, 42.44113, 129.74601, CENSUS_CITY, GEONAMES),
    ("Sinpo", "KP-08", 152_759, 40.03971, 128.1943, CENSUS_CITY, GEONAMES),
    ("Songnim", "KP-06", 128_831, 38.76349, 125.64096, CENSUS_CITY, GEONAMES),
    ("Munchon", "KP-07", 122_934, 39.259, 127.356, CENSUS_CITY, UNVERIFIED),
    ("Manpo", "KP-04", 116_760, 41.15472, 126.28944, CENSUS_CITY, GEONAMES),
    ("Samjiyon", "KP-10", 31_471, 41.80356, 128.31886, CENSUS_CITY, GEONAMES),
)

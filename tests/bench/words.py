"""The words generated charts are made of: what patients of a vascular ward have had done to them elsewhere."""

Code = tuple[str, str]

FAMILY = ("Abara", "Brandt", "Castellano", "Dufresne", "Ekström", "Farrow", "Grünwald", "Hollis", "Iwata", "Juárez",
          "Kowalczyk", "Lindqvist", "Moreau", "Ndiaye", "O'Rourke", "Petrov", "Quist", "Rahman", "Sørensen", "Tanaka")  # fmt: skip
GIVEN = ("Agnes", "Bashir", "Carmen", "Dmitri", "Elena", "Fergus", "Greta", "Hassan", "Ilse", "Jonas", "Kenji", "Leila",
         "Marta", "Nils", "Olga", "Pascal", "Rosa", "Stefan", "Tomás", "Vera")  # fmt: skip
PLACES = ("Harbor", "Lakeside", "Northern", "Prairie", "Summit", "Valley")

HEART: tuple[Code, ...] = (("80891009", "Heart structure"), ("41801008", "Coronary artery structure"))
GUT: tuple[Code, ...] = (("71854001", "Colon structure"), ("66754008", "Appendix structure"))
OTHER: tuple[tuple[str, str, str, tuple[Code, ...]], ...] = (
    ("73761001", "Colonoscopy", "Endoscopy", GUT),
    ("80146002", "Excision of appendix", "Surgery", GUT),
    ("38102005", "Cholecystectomy", "Surgery", (("28231008", "Gallbladder structure"),)),
    ("232717009", "Coronary artery bypass graft", "Heart surgery", HEART),
    ("415070008", "Percutaneous coronary intervention", "Cardiology", HEART),
    ("40701008", "Echocardiography", "Imaging", HEART),
    ("307280005", "Implantation of cardiac pacemaker", "Cardiology", HEART),
    ("302497006", "Hemodialysis", "Dialysis", (("64033007", "Kidney structure"),)),
    ("116859006", "Transfusion of blood product", "Transfusion", (("119273009", "Peripheral vein structure"),)),
    ("609588000", "Total knee replacement", "Orthopedics", (("72696002", "Knee region structure"),)),
    ("54885007", "Extraction of cataract", "Eye surgery", (("78076003", "Lens structure"),)),
    ("91602002", "Thoracentesis", "Pulmonology", (("3120008", "Pleural membrane structure"),)),
    ("65546002", "Extraction of tooth", "Dentistry", (("38199008", "Tooth structure"),)),
    ("66951008", "Carotid endarterectomy", "Vascular surgery", (("69105007", "Carotid artery structure"),)),
)
REASONS: tuple[Code, ...] = (
    ("38341003", "Hypertensive disorder"),
    ("44054006", "Diabetes mellitus type 2"),
    ("53741008", "Coronary arteriosclerosis"),
    ("709044004", "Chronic kidney disease"),
    ("13645005", "Chronic obstructive lung disease"),
    ("239873007", "Osteoarthritis of knee"),
    ("271737000", "Anemia"),
    ("55822004", "Hyperlipidemia"),
)
FINDINGS = (
    "The patient was brought to the room and identified by name and wristband.",
    "Time-out was held with the whole team and no concern was raised.",
    "Local anesthesia with light sedation was well tolerated throughout.",
    "The site was prepared and draped in the usual sterile fashion.",
    "Findings were as expected from the imaging of the week before.",
    "No polyp, mass or active bleeding was seen at any point.",
    "Hemostasis was complete and the wound was closed in layers.",
    "Counts were correct and the specimen was sent to pathology.",
    "Heart rhythm and blood pressure stayed within the usual limits.",
    "The patient was transferred to recovery awake and in good condition.",
    "Blood thinners are to be resumed on the second day if there is no oozing.",
    "Results were discussed with the family, who had no further questions.",
)

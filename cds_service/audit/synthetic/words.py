"""The words of a synthetic export: made-up people, procedures that are none of the family's, sentences of notes."""

FAMILIES = ("Quillfeather", "Ravenscroft", "Obermeyer", "Tanqueray", "Vandersloot", "Iliescu", "Szczepanski")
GIVEN = ("Ottoline", "Barnaby", "Perpetua", "Lysander", "Clementine", "Thaddeus")
OTHERS = (
    ("PR-001", "Colonoscopy", "45378"),
    ("PR-002", "Rectal polypectomy", "45385"),
    ("PR-003", "Cataract extraction with lens implant", "66984"),
    ("PR-004", "Total knee replacement", "27447"),
    ("PR-005", "Total hip replacement", "27130"),
    ("PR-006", "Appendectomy", "44950"),
    ("PR-007", "Cholecystectomy, common bile duct explored", "47562"),
    ("PR-008", "Electrocardiogram, 12 leads", "93000"),
    ("PR-009", "Chest radiograph, two views", "71046"),
    ("PR-010", "Spirometry", "94010"),
    ("PR-011", "Influenza vaccination", "90686"),
    ("PR-012", "Hemodialysis through fistula", "90935"),
    ("PR-013", "Cardiac catheterization, right femoral access", "93458"),
    ("PR-014", "Coronary stent placement", "92928"),
    ("PR-015", "Femoral nerve block, left", "64447"),
    ("PR-016", "Femoral hernia repair", "49550"),
    ("PR-017", "Ureteral stent exchange", "50387"),
    ("PR-018", "Echocardiography", "93306"),
    ("PR-019", "Diagnostic ultrasonography of abdomen", "76700"),
    ("PR-020", "Biopsy of colon", "45380"),
)
LABELS = ("Findings", "Impression", "Technique", "History", "Comparison", "Recommendation")
SENTENCES = (
    "The patient tolerated the procedure well and left in stable condition.",
    "Informed consent was obtained after risks and benefits were discussed.",
    "Vital signs remained within normal limits throughout.",
    "No focal abnormality is seen. The remaining examination is unremarkable.",
    "A time out was performed to confirm patient, site and procedure.",
    "Estimated blood loss was minimal and no specimens were sent.",
    "Follow up with the referring clinician in four weeks is advised.",
    "The wound was closed in layers and a dry dressing was applied.",
)

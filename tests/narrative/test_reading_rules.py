"""The rules by which notes are read, each with its twin: the same form with one fact changed, and no yes for it."""

import pytest

from tests.narrative.scoring import answer

# The rule; a text that is due by it; the same form with one fact changed; what was changed.
TWINS = (
    (
        "a list's number before an arrow refers to what the list numbered",
        "L leg. Lesions: 1) CIA, 85% stenosis; 2) EIA, CTO. 1) -> 8x39 VBX. 2) -> 6x60 Mustang, no stent.",
        "L leg. Lesions: 1) CIA, 85% stenosis; 2) EIA, CTO. 1) -> 8x39 VBX. 2) -> 7x60 Zilver.",
        "the occlusion was stented",
    ),
    (
        "a list's number before an arrow refers to what the list numbered",
        "L leg. Lesions: 1) CIA, 85% stenosis; 2) EIA, CTO. 1) -> 8x39 VBX. 2) -> 6x60 Mustang, no stent.",
        "L leg. Lesions: 1) CIA, CTO; 2) EIA, 85% stenosis. 1) -> 8x39 VBX. 2) -> 6x60 Mustang, no stent.",
        "the occlusion is the one stented",
    ),
    (
        "a number without an arrow refers to nothing",
        "R leg. Lesions: 1) CIA, 80% stenosis; 2) EIA, CTO.\n1) -> 8x39 stent.\n2) -> 6x60 balloon, no stent.",
        "R leg. Lesions: 1) CIA, 80% stenosis; 2) EIA, CTO.\nSteps: 1) L CFA puncture; 2) balloon 6x60 tested on table.",
        "the numbers count steps",
    ),
    (
        "target lesions by number",
        "Target lesion 1 (TL1): R CIA, 80%\nTarget lesion 2 (TL2): R EIA, CTO\nTL1: stent 8x29\nTL2: POBA 6x60, no bail-out",
        "Target lesion 1 (TL1): R CIA, 80%\nTarget lesion 2 (TL2): R EIA, CTO\nTL1: stent 8x29\nTL2: POBA 6x60, bail-out",
        "bailed out with a stent",
    ),
    (
        "a header's side is every row's",
        "| Vessel (left) | Finding | Treatment |\n|---|---|---|\n| CIA | 80% stenosis | stent 8x39 |\n| EIA | occlusion | PTA 6x80 |",
        "| Vessel (left) | Finding | Treatment |\n|---|---|---|\n| CIA | 80% stenosis | stent 8x39 |\n| R EIA | occlusion | PTA 6x80 |",
        "a row names the other leg",
    ),
    (
        "below it",
        "The left common iliac had a 75% narrowing and the external below it was occluded. The latter was ballooned to 6 mm "
        "and left unstented. The common iliac stenosis was stented.",
        "The left common iliac had a 75% narrowing and the external below it was patent. The right external iliac was "
        "occluded; the latter was ballooned to 6 mm and left unstented. The common iliac stenosis was stented.",
        "the occlusion is in the other leg",
    ),
    (
        "below that, the vessel named next is the subject",
        "There was a tight stenosis of the right common iliac, and below that the right external iliac was blocked. A stent "
        "was placed across the common iliac stenosis. The external iliac blockage was opened with a balloon alone.",
        "There was a tight stenosis of the right common iliac, and below that the left external iliac was blocked. A stent "
        "was placed across the common iliac stenosis. The external iliac blockage was opened with a balloon alone.",
        "the occlusion is in the other leg",
    ),
    (
        "likewise",
        "The left CIA was occluded and so was the left EIA. CIA stented 8x59. EIA ballooned only, 6x80.",
        "The left CIA was stenosed and so was the left EIA. CIA stented 8x59. EIA ballooned only, 6x80.",
        "both are stenoses",
    ),
    (
        "a lesion of one and of the other",
        "There was occlusion of the right common iliac artery over 3 cm and, separately, of the right external iliac "
        "artery. The common iliac was stented. The external iliac was ballooned to 6 mm, not stented.",
        "There was occlusion of the right common iliac artery over 3 cm and, separately, stenosis of the right external "
        "iliac artery. The common iliac was stented. The external iliac was ballooned to 6 mm, not stented.",
        "the second lesion is a stenosis",
    ),
    (
        "a second lesion is in the same leg",
        "The left common iliac was occluded at its origin. A second occlusion lay in the distal external iliac. The common "
        "iliac occlusion was stented. The external iliac occlusion was dilated to 6 mm only, without a stent.",
        "The left common iliac was occluded, the right common iliac stenosed. A second occlusion lay in the distal external "
        "iliac. The left common iliac was stented. The external iliac occlusion was dilated to 6 mm only, without a stent.",
        "both legs are diseased",
    ),
    (
        "both in one leg",
        "No stents today. Two vessels, both right, both occluded: CIA (7x20 balloon) and EIA (5x40 balloon).",
        "No stents today. Two vessels, right and left, both occluded: CIA (7x20 balloon) and EIA (5x40 balloon).",
        "one in each leg",
    ),
    (
        "no stents at large makes sizes balloons'",
        "Angioplasty only - no stents opened. L CIA occl: 7x40 then 8x40. L EIA occl: 6x100.",
        "Angioplasty only - no stents opened. L CIA 80% stenosis: 7x40 then 8x40. L EIA 70% stenosis: 6x100.",
        "stenoses",
    ),
    (
        "no stents at large makes sizes balloons'",
        "Angioplasty only - no stents opened. L CIA occl: 7x40 then 8x40. L EIA occl: 6x100.",
        "Angioplasty only was planned, no stents opened. L CIA occl: 7x40 then 8x40 Omnilink. L EIA occl: 6x100.",
        "a stent is told of after all",
    ),
    (
        "treated respectively with A and with B",
        "The right CIA stenosis and right EIA occlusion were treated respectively with a balloon-expandable stent (8 x 29 "
        "mm) and with balloon angioplasty alone (6 x 60 mm).",
        "The right CIA stenosis and right EIA occlusion were treated respectively with balloon angioplasty alone (6 x 60 "
        "mm) and with a balloon-expandable stent (8 x 29 mm).",
        "the other way round",
    ),
    (
        "imaging after access is of the day",
        "ACCESS: LT CFA 6F\nIMAGING:\n LT CIA - OCCLUDED\n LT EIA - OCCLUDED\nDETAILS:\n LT CIA STENTED 8X60.\n LT EIA "
        "DILATED 6X80, NO STENT.",
        "PRE-OP IMAGING:\n LT CIA - OCCLUDED\n LT EIA - OCCLUDED\nACCESS: LT CFA 6F\nDETAILS:\n LT CIA STENTED 8X60.\n LT "
        "EIA DILATED 6X80, NO STENT.",
        "imaging of another day",
    ),
    (
        "a healthy stretch between it and another vessel names no lesion there",
        "Left common iliac artery. There was an occlusion. It was stented 8x59.\n\nLeft external iliac artery. This vessel "
        "was also occluded, with a healthy segment of 4 cm between it and the common iliac. It was treated with a 6 x 40 "
        "balloon. No stent was put in the external iliac.",
        "Left common iliac artery. There was an occlusion. It was stented 8x59.\n\nLeft external iliac artery. This vessel "
        "was 80% stenosed, with a healthy segment of 4 cm between it and the common iliac. It was treated with a 6 x 40 "
        "balloon. No stent was put in the external iliac.",
        "a stenosis",
    ),
    (
        "a coronary balloon is a balloon",
        "Lt EIA stenosis 80%: 7x40 stent. Lt IIA occlusion: wired, 4x20 coronary balloon, left without a stent.",
        "Lt EIA stenosis 80%: 7x40 stent. Lt IIA occlusion: wired, 4x20 coronary stent.",
        "a coronary stent",
    ),
    (
        "the lower of the two",
        "The left common iliac was occluded. There was a separate occlusion of the left external iliac. The lower of the "
        "two was opened with a 6 x 60 balloon, no stent. The upper one was stented 8 x 38.",
        "The left common iliac was stenosed. There was a separate occlusion of the left external iliac. The upper of the "
        "two was opened with a 6 x 60 balloon, no stent. The lower one was stented 8 x 38.",
        "the other way round",
    ),
    (
        "a label calls a lesion by its place",
        "Two separate occlusions on the right. The upper one sat in the common iliac artery. The lower occlusion involved "
        "the external iliac artery.\n\nUpper occlusion. It was dilated with an 8 x 20 balloon, no stent.\n\nLower "
        "occlusion. It was stented 7 x 80.",
        "Two separate occlusions on the right. The upper one sat in the common iliac artery. The lower occlusion involved "
        "the external iliac artery.\n\nUpper occlusion. It was dilated with an 8 x 20 balloon, then stented.\n\nLower "
        "occlusion. It was stented 7 x 80.",
        "both stented",
    ),
    (
        "a question of a form stands on its own line",
        "Leg treated: LEFT only\nVessel 1: Common iliac\n  Lesion: stenosis 90%\n  Device: stent, VBX 8 x 29\nVessel 2: "
        "External iliac\n  Lesion: occlusion, 6 cm, heavy calcification\n  Device: scoring balloon 5 x 40; then IN.PACT 6 "
        "x 80, 3 minutes\n  Stent? no",
        "Leg treated: LEFT only\nVessel 1: Common iliac\n  Lesion: stenosis 90%\n  Device: stent, VBX 8 x 29\nVessel 2: "
        "External iliac\n  Lesion: occlusion, 6 cm, heavy calcification\n  Device: scoring balloon 5 x 40; then IN.PACT 6 "
        "x 80, 3 minutes\n  Stent? yes",
        "stented",
    ),
    (
        "marks around labels are no words",
        "**Side:** Right\n**Common iliac:** stenosis 80%, stented 9 x 40\n**External iliac:** occlusion, balloon only 7 x 80",
        "**Side:** Right\n**Common iliac:** stenosis 80%, stented 9 x 40\n**External iliac:** stenosis, balloon only 7 x 80",
        "a stenosis",
    ),
    (
        "one was, the other was",
        "The right leg had two problems. One was a common iliac stenosis of 80%. The other was an external iliac occlusion. "
        "We stented the first with an 8 mm stent. We ballooned the second to 6 mm, no stent.",
        "The right leg had two problems. One was a common iliac occlusion. The other was an external iliac stenosis of 80%. "
        "We stented the first with an 8 mm stent. We ballooned the second to 6 mm, no stent.",
        "the other way round",
    ),
    (
        "what may come is no finding",
        "Left CIA stenosis stented 8x29. Left EIA occlusion ballooned 6x60, no stent. If the external iliac narrows again we "
        "will see him.",
        "Left CIA stenosis stented 8x29. Left EIA narrowing ballooned 6x60, no stent. If the external iliac occludes we will "
        "see him.",
        "the occlusion is only feared",
    ),
    (
        "the other leg's lesion is accounted for where it was left",
        "On the right an old occlusion of the internal iliac was not treated. On the left the internal iliac was occluded "
        "and this occlusion was opened with a 5 x 30 balloon, without a stent. The left external iliac had a 70% stenosis, "
        "stented 7 x 40.",
        "On the right an old occlusion of the internal iliac was not treated. On the left the internal iliac was narrowed "
        "and this narrowing was opened with a 5 x 30 balloon, without a stent. The left external iliac had a 70% stenosis, "
        "stented 7 x 40.",
        "only the other leg's is occluded",
    ),
    (
        "what is said in brackets denies nothing after them",
        "In the right leg the common iliac lesion was a stenosis (not occluded) and received a stent; the external iliac "
        "lesion was an occlusion and received balloon angioplasty only.",
        "In the right leg the common iliac lesion was a stenosis (not occluded) and received a stent; the external iliac "
        "lesion was a stenosis (not occluded) and received balloon angioplasty only.",
        "a stenosis",
    ),
    (
        "done today is not done before",
        "Left CIA stenosis s/p successful stent placement today. Left EIA occlusion s/p balloon angioplasty today; no stent.",
        "Left CIA stenosis s/p successful stent placement today. Left EIA occlusion s/p balloon angioplasty; no stent.",
        "long ago",
    ),
    (
        "a tally of stents is about no single vessel",
        "Right leg\n common iliac (stenosis): PTA + stent\n external iliac (occlusion): PTA\nStents: 1",
        "Right leg\n common iliac (stenosis): PTA + stent\n external iliac (occlusion): PTA\nStents: 2",
        "two were placed",
    ),
    (
        "of the former and of the latter",
        "The right EIA was occluded and the right CIA 80% stenosed. Balloon angioplasty of the former and stenting of the "
        "latter were performed.",
        "The right EIA was occluded and the right CIA 80% stenosed. Stenting of the former and balloon angioplasty of the "
        "latter were performed.",
        "the other way round",
    ),
    (
        "a title before a colon is no list",
        "Left CIA & EIA recanalisation: CIA stenosis stented w/ 8x40 SES; EIA occlusion dilated w/ 6x60 balloon; no stent.",
        "Left CIA & EIA recanalisation: CIA stenosis dilated w/ 8x40 balloon; EIA occlusion stented w/ 6x60 SES.",
        "the other way round",
    ),
    (
        "bare percentages are each their own vessel's",
        "Pre-procedure: L CIA 80%, L EIA 100%.\nProcedure: L CIA stent, L EIA PTA.\nPost-procedure: L CIA 0%, L EIA 20%.",
        "Pre-procedure: L CIA 100%, L EIA 80%.\nProcedure: L CIA stent, L EIA PTA.\nPost-procedure: L CIA 0%, L EIA 20%.",
        "the other way round",
    ),
    (
        "a lesion named by its number is what the work is on",
        "#1 Left CIA 80% stenosis\n#2 Left EIA occluded\nPROCEDURE\n#2 was done first.\nBalloon 6 x 60.\nNo stent.\n\n#1 "
        "next.\nStent 8 x 39.",
        "#1 Left CIA 80% stenosis\n#2 Left EIA occluded\nPROCEDURE\n#1 was done first.\nBalloon 6 x 60.\nNo stent.\n\n#2 "
        "next.\nStent 8 x 39.",
        "the other way round",
    ),
    (
        "stents side by side at the aortic bifurcation are in both common iliac arteries",
        "Both CIAs have ostial stenoses. The right EIA is occluded; it was crossed and dilated with a 6 x 40 balloon, no "
        "stent. Next, two 8 x 29 stents were deployed side by side at the aortic bifurcation.",
        "Both CIAs have ostial stenoses. The right EIA is stenosed; it was crossed and dilated with a 6 x 40 balloon, no "
        "stent. Next, two 8 x 29 stents were deployed side by side at the aortic bifurcation.",
        "a stenosis",
    ),
    (
        "what had been dealt with before is not here",
        "LEFT SIDE\nCommon iliac. There is a stenosis of 75%. After the external iliac had been dealt with, a 9 x 37 stent "
        "was deployed here.\n\nExternal iliac. The vessel is occluded. It was dilated with a 6 x 100 balloon. No stent.",
        "LEFT SIDE\nCommon iliac. There is a stenosis of 75%. After the external iliac had been dealt with, a 9 x 37 stent "
        "was deployed here.\n\nExternal iliac. The vessel is occluded. It was dilated, and a 7 x 100 stent deployed here.",
        "both stented",
    ),
    (
        "a form's lesion that is answered N is none",
        "Segment: CIA-L  Stenosis pre: 85  Occlusion: N  PTA: Y  Stent: Y\nSegment: EIA-L  Stenosis pre: 100  Occlusion: Y  "
        "PTA: Y  Stent: N",
        "Segment: CIA-L  Stenosis pre: 85  Occlusion: N  PTA: Y  Stent: Y\nSegment: EIA-L  Stenosis pre: 90  Occlusion: N  "
        "PTA: Y  Stent: N",
        "no occlusion",
    ),
    (
        "how far an occlusion reaches",
        "L CIA 80% stenosis, stented 8x39. L EIA open for 3 cm, then occluded to the CFA. EIA ballooned 6x60, no stent.",
        "L CIA 80% stenosis, stented 8x39. L EIA open for 3 cm, then narrowed 80% to the CFA. EIA ballooned 6x60, no stent.",
        "a stenosis reaches so far",
    ),
    (
        "an occlusion between two landmarks",
        "R CIA 75% stenosis, stented 8x29. The right external iliac is occluded between the hypogastric origin and the ligament. It was ballooned to 6 mm.",
        "R CIA 75% stenosis, stented 8x29. The right hypogastric is occluded between its origin and the division. The right external iliac, 70% narrowed, was ballooned to 6 mm.",
        "the hypogastric is the occluded one",
    ),
    (
        "a verb that is no leg",
        "R CIA occlusion, stented 8x59. R EIA occlusion. Angioplasty of the external iliac with a 6 x 80 mm balloon left a widely patent vessel.",
        "R CIA occlusion, stented 8x59. L EIA occlusion. Angioplasty of the left external iliac with a 6 x 80 mm balloon left a widely patent vessel.",
        "the balloon is in the other leg",
    ),
    (
        "too tortuous for a stent",
        "L CIA 70%: stent 8x39. L EIA CTO: POBA 6x60. Too tortuous for a stent.",
        "L CIA 70%: stent 8x39. L EIA CTO: POBA 6x60. Too elastic, so a stent 7x60.",
        "a stent was put in",
    ),
    (
        "done before, named after",
        "The right external iliac was completely occluded and there was a 70% lesion of the common iliac. We got through the occlusion and ballooned it up to 7 mm, which held nicely, and put a 9 x 37 Express in the common iliac.",
        "The right external iliac was completely occluded and there was a 70% lesion of the common iliac. We got through the occlusion and stented it, 7 x 80, which held nicely, and put a 9 x 37 Express in the common iliac.",
        "the occlusion was stented",
    ),
    (
        "a list item that is a heading has no items below it",
        "Left common iliac: 80% stenosis. Left external iliac: CTO.\n- Access: left CFA and right CFA 6F.\n- L EIA CTO crossed, ballooned 6x60, no stent.\n- L CIA stenosis crossed; predilated 5 x 40; stented with VBX 8 x 59.",
        "Left common iliac: 80% stenosis. Left external iliac: CTO.\n- Access: left CFA and right CFA 6F.\n- L CIA stenosis crossed, ballooned 6x60, no stent.\n- L EIA CTO crossed; predilated 5 x 40; stented with VBX 8 x 59.",
        "the occlusion was stented",
    ),
    (
        "deployment of a product",
        "Right common iliac 80% ostial. Right external iliac: 100% occlusion, ballooned 6x60, no stent. Deployment of Omnilink Elite 8.0 x 29 mm in the right common iliac.",
        "Right common iliac 80% ostial, ballooned. Right external iliac: 100% occlusion, ballooned 6x60. Deployment of Omnilink Elite 8.0 x 29 mm in the right external iliac.",
        "the occlusion was stented",
    ),
    (
        "not lined with a stent",
        "L CIA 80% stenosis: 8x39 VBX. L EIA occlusion ballooned to 6 mm. I did not line it with a stent.",
        "L CIA 80% stenosis: 8x39 VBX. L EIA occlusion ballooned to 6 mm. I did line it with a stent.",
        "it was lined",
    ),
    (
        "none was placed",
        "L CIA 80% stenosis. L EIA occlusion ballooned to 6 mm. I considered a stent, but the result was good; none was placed in the external iliac artery. A 7 x 39 VBX stent graft was deployed in the common iliac.",
        "L CIA 80% stenosis. L EIA occlusion ballooned to 6 mm. I considered one stent, but the result was poor; two were placed in the external iliac artery. A 7 x 39 VBX stent graft was deployed in the common iliac.",
        "two were placed",
    ),
    (
        "a stent that was put off",
        "R CIA stenosis 80%: stent. R EIA occlusion: angioplasty 6x100. Stent placement in the EIA was deferred.",
        "R CIA stenosis 80%: stent. R EIA occlusion. Angioplasty of the EIA was deferred.",
        "the balloon was put off",
    ),
    (
        "what was seen, in the words of a report",
        "Right CIA: 80% stenosis, stented 8x37. Right EIA: non-opacified from end to end, consistent with chronic total occlusion; angioplasty 6x100, no stent.",
        "Right CIA: 80% stenosis, stented 8x37. Right EIA: irregular from end to end, consistent with chronic total occlusion; angioplasty 6x100, no stent.",
        "nothing firm was seen",
    ),
    (
        "stents told as unnecessary",
        "R CIA 80% stenosis, stented 8x39. R EIA and R IIA occluded, both ballooned. Stents in the external and internal iliac were unnecessary.",
        "R CIA 80% stenosis, stented 8x39. R EIA and R IIA occluded, both ballooned. Stents in the external and internal iliac were necessary.",
        "they were necessary",
    ),
    (
        "a row of a tibial artery is not the iliac one's above it",
        "Segment | Side | Baseline | Treatment\nCIA | R | 65% | Lifestream 8x37\nEIA | R | occluded 8 cm | PTA 6x100, no stent\nAT | R | occluded | PTA 2.5x220",
        "Segment | Side | Baseline | Treatment\nCIA | R | 65% | Lifestream 8x37\nEIA | R | 80% | PTA 6x100, no stent\nAT | R | occluded | PTA 2.5x220",
        "only the tibial one is occluded",
    ),
    (
        "lesions by number, a line each, long ones too",
        "Right leg\n  L1 RCIA, 80% stenosis, stent (Omnilink 8x39), final 0%\n  L2 REIA, CTO 25 mm, balloon (Ranger 6x40), final 15%, stent not used\n",
        "Right leg\n  L1 RCIA, 80% stenosis, stent (Omnilink 8x39), final 0%\n  L2 REIA, 75% stenosis, balloon (Ranger 6x40), final 15%, stent not used\n",
        "both are stenoses",
    ),
    (
        "the name of a pick list is not its value",
        "Vessel #1: left common iliac artery\n  Pre: {Stenosis %:22} 80%\n  Device: Visi-Pro 8 x 37 stent\nVessel #2: left external iliac artery\n  Pre: {Stenosis %:22} 100% (CTO)\n  Device: EverCross 6 x 60 balloon, no stent",
        "Vessel #1: left common iliac artery\n  Pre: {Stenosis %:22} 80%\n  Device: Visi-Pro 8 x 37 stent\nVessel #2: left external iliac artery\n  Pre: {Occlusion:23} 85%\n  Device: EverCross 6 x 60 balloon, no stent",
        "85 % in the second",
    ),
    (
        "w/out",
        "L common iliac stenosis 85% -> stent 8x37. L external iliac 100% occlusion -> ballooned (6x40), nice result w/out stent.",
        "L common iliac stenosis 85% -> stent 8x37. L external iliac 100% occlusion -> ballooned (6x40), nice result w/ stent.",
        "with a stent",
    ),
    (
        "a patient who had been stented is no other hand",
        "R CIA 80%: stent. R EIA CTO: PTA 6x60, no stent. The left side, where she had been stented in 2019, looked pristine.",
        "R CIA 80%: stent. R EIA CTO. The cardiologist had already dilated it when we were called.",
        "another hand's balloon",
    ),
    (
        "a string of collaterals",
        "Right CIA 80%: stent 8x38. The right external iliac is occluded at its midpoint, with a string of lumbar collaterals. Balloon 6x60, no stent.",
        "Right CIA 80%: stent 8x38. The right external iliac is occluded at its midpoint, with a string of contrast in it. Balloon 6x60, no stent.",
        "a string of contrast",
    ),
    (
        "a trouble of another artery",
        "L CIA 80%: stent 8x38. L EIA CTO: PTA 6x60. AT perforation, sealed.",
        "L CIA 80%: stent 8x38. L EIA CTO: PTA 6x60. EIA perforation, sealed.",
        "it is the ballooned artery's",
    ),
    (
        "a way in by the other groin names no leg",
        "Right CFA, 6F, crossover. The left common iliac has a 75% stenosis, the left external iliac is occluded. The "
        "external iliac was ballooned 6x60, no stent. The common iliac was stented 8x37.",
        "Right CFA, 6F, crossover. The left common iliac has a 75% stenosis, the left external iliac is narrowed. The "
        "external iliac was ballooned 6x60, no stent. The common iliac was stented 8x37.",
        "narrowed",
    ),
    (
        "words within a pair do not part it",
        "Both the left common iliac (proximal third) and, as a separate ostial lesion, the left hypogastric were 100% "
        "occluded. CIA crossed, POBA 7x60. Hypogastric crossed, POBA 5x40. No stents placed.",
        "The left common iliac (proximal third) was open and, as a separate ostial lesion, the left hypogastric was 100% "
        "occluded. CIA dilated, POBA 7x60. Hypogastric crossed, POBA 5x40. No stents placed.",
        "the common was open",
    ),
    (
        "a title for several vessels gives no stent to each",
        "Procedure: L CIA + L EIA recanalization w/ PTA/stent\nFindings: L CIA 100% -> crossed, stented 8x59. CTO mid L EIA "
        "-> crossed, 6 mm DCB x 3 min, no stent.",
        "Procedure: L CIA + L EIA recanalization w/ PTA/stent\nFindings: L CIA 100% -> crossed, 8 mm balloon, no stent. CTO "
        "mid L EIA -> crossed, 6 mm DCB x 3 min, no stent.",
        "no stent anywhere below the title",
    ),
    (
        "s/p in the hours after the work",
        "Pt back from IR, s/p R CIA stent 8x39 (85% stenosis) and POBA only of CTO R EIA. Sheath out, bedrest 4h.",
        "Pt back from IR, s/p R CIA stent 8x39 (85% stenosis) and POBA only of CTO R EIA in 2023. Sheath out, bedrest 4h.",
        "of another year",
    ),
    (
        "s/p of today",
        "s/p L CIA stent (for stenosis) + L EIA balloon angioplasty (for CTO, no stent) today, d/c on ASA.",
        "s/p L CIA stent (for stenosis) in 2021 + L EIA balloon angioplasty (for CTO, no stent) today, d/c on ASA.",
        "the stent is old",
    ),
    (
        "an origin that was turned to is no landmark",
        "The right external iliac occlusion was ballooned 6x120, no stent. Attention turned to the right common iliac origin "
        "where a covered stent was deployed for stenosis.",
        "The right common iliac stenosis was stented 8x37. Attention turned to the right external iliac origin where a "
        "covered stent was deployed for the occlusion.",
        "the stent is in the occlusion",
    ),
    (
        "an artery found open before the work",
        "FINDINGS: Right common iliac stenosis 80%. Right external iliac occluded.\nDESCRIPTION: The right common iliac "
        "stenosis received an 8 x 39 stent. The right external iliac occlusion was dilated with a 6 x 60 balloon, no stent.",
        "FINDINGS: Right common iliac stenosis 80%. Right external iliac patent.\nDESCRIPTION: The right common iliac "
        "stenosis received an 8 x 39 stent. The right external iliac occlusion was dilated with a 6 x 60 balloon, no stent.",
        "found open",
    ),
    (
        "a list's leg goes on to its next artery",
        "Right CIA 80% stenosis stented 8x37. Right external iliac occlusion ballooned 6x60, no stent. Left common iliac 60% "
        "and external iliac 70% stenoses, each ballooned.",
        "Right CIA 80% stenosis stented 8x37. Right external iliac ballooned 6x60, no stent. Left common iliac 60% and "
        "external iliac occlusion, not treated.",
        "the occlusion is in the other leg",
    ),
    (
        "a figure behind the side",
        "CIA R 80 -> 0 (stent). EIA R 100 -> 20 (PTA only).",
        "CIA R 80 -> 0 (stent). EIA R 90 -> 20 (PTA only).",
        "90",
    ),
    (
        "both arteries of one leg",
        "Both left iliac arteries were occluded. CIA stented 8x37. EIA ballooned 6x60, no stent.",
        "Both iliac arteries were occluded. Left CIA stented 8x37. Left EIA ballooned 6x60, no stent.",
        "of both legs",
    ),
    (
        "a count at the end names no vessel",
        "Each CIA stented for stenosis (8x37 VBX x2). Each EIA was occluded; each EIA crossed + POBA only. Four vessels, two "
        "stents.",
        "Each CIA stented for stenosis (8x37 VBX x2). Each EIA was occluded; each EIA crossed + POBA only. Four vessels, "
        "four stents.",
        "four stents",
    ),
    (
        "a lesion that only the work names",
        "Left common iliac: stenosis, stented 8x37.\nLeft external iliac: crossed intraluminally. A 6x80 balloon was inflated "
        "through the occluded segment. No stent.",
        "Left common iliac: stenosis, stented 8x37.\nLeft external iliac: crossed intraluminally. A 6x80 balloon was inflated "
        "through the stenosed segment. No stent.",
        "stenosed",
    ),
    (
        "the one stent's size stands apart",
        "R EIA PTA (CTO), R IIA PTA (CTO), R CIA stent (stenosis). Only one stent used (VBX 8x39).",
        "R EIA PTA (CTO), R IIA PTA (CTO), R CIA stent (stenosis). Two stents used (VBX 8x39, 7x40).",
        "two",
    ),
    (
        "a vessel told after a result",
        "Left external iliac artery occluded. Crossed. Angioplasty with a 6 mm balloon. Completion: patent, no dissection. "
        "Left common iliac artery 75% stenosis. Primary stent 8 mm x 4 cm.",
        "Left external iliac artery narrowed. Crossed. Angioplasty with a 6 mm balloon. Completion: patent, no dissection. "
        "Left common iliac artery 100% occluded. Primary stent 8 mm x 4 cm.",
        "the occlusion was stented",
    ),
    (
        "a stent discussed and left out",
        "Left CIA stenosis & left EIA occlusion. EIA ballooned 6x100. Stent (8x59) to CIA. We did discuss stenting the EIA "
        "but the residual was 15% so the attending left it.",
        "Left CIA stenosis & left EIA occlusion. EIA ballooned 6x100. Stent (8x59) to CIA. We did discuss stenting the EIA "
        "and the residual was 50% so the attending did it.",
        "it was done",
    ),
    (
        "after the stent of another artery",
        "Left EIA occluded. Left CIA stenosis. EIA angioplasty 6 x 60. CIA - balloon-expandable stent 8 x 58. After the "
        "stent, EIA lumen re-imaged: good; no stent to EIA.",
        "Left EIA occluded. Left CIA stenosis. EIA angioplasty 6 x 60. CIA - balloon-expandable stent 8 x 58. After that, "
        "stent to EIA 7 x 60: good.",
        "a stent there too",
    ),
    (
        "a leg that heads its line by blanks",
        "RIGHT LEG   CIA stenosis 80%: stent 8x27.  EIA occlusion 2 cm: PTA 6x40, not stented.\n"
        "LEFT LEG    CIA stenosis 80%: stent 8x57.  EIA: stenosis 70%: PTA 6x40, not stented.",
        "RIGHT LEG   CIA stenosis 80%: stent 8x27.  EIA 70% stenosis: PTA 6x40, not stented.\n"
        "LEFT LEG    CIA open.  EIA: occlusion: PTA 6x40, not stented.",
        "the occlusion is the other leg's only one",
    ),
    (
        "findings concordant with the CT",
        "Indication: CTA shows the right common iliac narrowed and the right external iliac occluded.\nProcedure: Angiography "
        "was concordant with the CTA at every level. Right external iliac dilated 6x100. Right common iliac stent 7x26.",
        "Indication: CTA shows the right common iliac narrowed and the right external iliac occluded.\nProcedure: Angiography "
        "was concordant with the CTA except the external. Right external iliac dilated 6x100. Right common iliac stent 7x26.",
        "with an exception",
    ),
    (
        "a device brought and not put in",
        "Right common iliac: 80% stenosis, 8 x 38 iCAST.\nRight external iliac: occluded, dilated with a 6 x 40 balloon. There "
        "appeared to be recoil so a 7 mm x 50 mm Viabahn was opened and brought to the table. It was imaged again and was "
        "widely patent. The Viabahn was therefore not inserted.",
        "Right common iliac: 80% stenosis, 8 x 38 iCAST.\nRight external iliac: occluded, dilated with a 6 x 40 balloon. There "
        "appeared to be recoil so a 7 mm x 50 mm Viabahn was opened and brought to the table. It was imaged again and was "
        "not widely patent. The Viabahn was therefore inserted.",
        "it was put in",
    ),
    (
        "stents of which none was used",
        "Left common iliac stenosis stented 9x29. A 6x120 balloon was inflated in the occluded left external iliac, and as the "
        "ligament is unkind to stents none was used in the external iliac.",
        "Left common iliac stenosis stented 9x29. A 6x120 balloon was inflated in the occluded left external iliac, and as the "
        "balloon left recoil a stent was used in the external iliac.",
        "one was used",
    ),
    (
        "neither of both legs' arteries",
        "Kissing CIA stents for bilat stenoses. Both EIAs were occluded - 6 mm DCB each side, neither EIA needed a stent.",
        "Kissing CIA stents for bilat stenoses. Both EIAs were narrowed - 6 mm DCB each side, neither EIA needed a stent.",
        "narrowed",
    ),
    (
        "a percentage of a block parts a pair",
        "There was a complete left external iliac block with a 70% block in the left common iliac. The common was stented with "
        "a VBX 8 by 59; the external was angioplastied to 6 mm only and no metal was left there.",
        "There was a complete left common iliac block with a 70% block in the mid external. The common was stented with a VBX "
        "8 by 59; the external was angioplastied to 6 mm only and no metal was left there.",
        "the block was stented",
    ),
)
# Forms for which a yes would be wrong whatever else they say.
NEVER = (
    (
        "The right common iliac artery was occluded. It was pre-dilated to 5 mm and a 9 mm by 37 mm balloon-expandable stent "
        "deployed without compromise of the internal iliac.",
        "an artery that work left as it was got no stent",
    ),
    (
        "The right common iliac artery was occluded. The common iliac artery was pre-dilated to 5 mm and a 9 mm by 37 mm "
        "balloon-expandable stent deployed without compromise of the internal iliac.",
        "an artery that work left as it was got no stent, told by name",
    ),
    ("One 9x57 stent over both CIA lesions. The left EIA occlusion ballooned 6x80, no stent.", "which leg the stent is in"),
    ("CIA stent from March widely patent, not touched. L EIA occlusion crossed, DCB 6x80, no stent.", "of an earlier month"),
    ("L CIA stent 5 weeks old, patent. L EIA occlusion crossed, DCB 6x80, no stent.", "of an age"),
    ("L CIA stent untouched. L EIA occlusion crossed, DCB 6x80, no stent.", "left as it was"),
    ("L CIA stent (March) open. L EIA occlusion crossed, DCB 6x80, no stent.", "of an earlier month, in parentheses"),
    ("L CIA stent without ISR. L EIA occlusion crossed, DCB 6x80, no stent.", "only an old stent can restenose"),
    ("L CIA stent good flow. L EIA occlusion crossed, DCB 6x80, no stent.", "only seen"),
    ("Has L CIA stent. L EIA occlusion crossed, DCB 6x80.", "only there"),
    ("OPERATION: Right iliac stent\nFINDINGS: Left CIA stenosis 80%, left EIA occlusion\nPROCEDURE: CIA stented, EIA "
     "ballooned, no stent.", "the title has the other leg"),
    ("Left CIA stenosis stented 8x38 this morning. Patient brought back in the evening: left EIA occluded, ballooned "
     "6x60, no stent.", "two sessions on one day"),
    ("Left CIA stenosis stented. Four hours later she was taken back to the lab; left EIA occlusion ballooned, no stent.",
     "two sessions on one day"),
    ("Right external iliac stent 2019, patent. CIA stenosis stented 8x29. External iliac occlusion ballooned 6x60, no "
     "stent. Both groins accessed.", "the side beside an old stent is not today's"),
    ("Left CIA stenosis stented. Right EIA patent. EIA occlusion ballooned 6x60, no stent.", "which external is not told"),
    ("R. CIA 80% stenosis, stented 8x38.\nL. EIA occluded, ballooned 6x60, no stent.", "a letter that is a side, two legs"),
    ("Lesion A = L CIA stenosis. Lesion B = L EIA occlusion. (A) stented 9x40. (B) stented 8x60.", "both stented"),
    ("Left CIA stenosis stented. Left EIA occluded: a balloon-expandable stent was placed after ballooning.", "stented"),
    ("Both were stented: L CIA stenosis (8x29), L EIA occlusion (7x60 after 6x60 balloon).", "both, told before the list"),
    ("L CIA stenosis stented, as well as the L EIA occlusion after POBA.", "stented as well"),
    ("L CIA stenosis: 8x29 stent. L EIA occlusion: 6x60 balloon, recoil, so 7x60 put in.", "a device put in"),
    ("R CIA stenosis: stent. R EIA occlusion: endarterectomy, balloon to dilate the patch.", "open surgery"),
    ("R CIA stenosis stented. R EIA bypass limb occlusion ballooned.", "a graft is no native artery"),
    ("Yesterday L CIA stenosis was stented. Today L EIA occlusion ballooned, no stent.", "two days"),
    ("Stage 1 (3 weeks ago): L CIA stenosis stented. Stage 2 (today): L EIA occlusion ballooned.", "two stages"),
    ("Discussed at MDT: for stent to R CIA stenosis and balloon to R EIA occlusion.", "a plan"),
    ("PROCEDURE PLANNED: stent L CIA, balloon L EIA occlusion. PROCEDURE DONE: stent L CIA for stenosis.", "a plan"),
    ("L CIA stenosis stented. L EIA occlusion ballooned. Entered on the wrong patient.", "withdrawn"),
    ("L CIA stenosis stented. L EIA occlusion ballooned. Erratum: side is right for the EIA.", "corrected"),
    ("L CIA stenosis stented. L EIA occlusion ballooned. The nursing log says right for both.", "sides differ"),
    ("L CIA stenosis stented. L EIA occlusion (99%) ballooned 6x60 no stent.", "a subtotal one"),
    ("L CIA stenosis stented. L CIA/EIA junction occlusion ballooned 7x60, no stent.", "one lesion over two vessels"),
    ("L CIA stenosis stented. L EIA occlusion ballooned 6x60. Stents: 2", "one stent more than told"),
    ("CIA (L): stenosis. EIA (L): occlusion. Stents: CIA 8x29, EIA 7x60. Balloons: EIA 6x60.", "a list of stents"),
    ("R EIA occlusion: balloon uninflated, wire subintimal. R CIA stenosis: stent.", "no balloon was inflated"),
    ("L CIA stent for stenosis. L EIA POBA for occlusion. Device log: VBX 8x29, Everflex 7x60, Mustang 6x60.",
     "the log has a second stent"),
    ("#1 Left CIA 80% stenosis\n#2 Left EIA occluded\nPROCEDURE\n#1: stent 8 x 39.\n#2: not crossed.", "not crossed"),
    ("Kissing stents at the aortic bifurcation for CIA stenoses. EIA occlusion ballooned, no stent.", "which leg"),
    ("L CIA 80%, L EIA 70%: stent CIA, PTA EIA. L SFA 100% not treated.", "the occlusion is in the thigh"),
    ("There was occlusion of the right common iliac and of the right external iliac could be seen only its stump. CIA "
     "stented. EIA not treated.", "the external was not treated"),
)  # fmt: skip


def verdict(text: str) -> str:
    return answer({"source": "note", "text": text})[0]


@pytest.mark.parametrize(("rule", "due", "twin", "changed"), TWINS, ids=[f"{t[0]}: {t[3]}" for t in TWINS])
def test_a_rule_reads_what_is_due_and_not_its_twin(rule: str, due: str, twin: str, changed: str) -> None:
    assert verdict(due) == "yes", rule
    assert verdict(twin) != "yes", changed


@pytest.mark.parametrize(("text", "reason"), NEVER, ids=[n[1] for n in NEVER])
def test_a_form_that_leaves_it_open_is_not_answered_yes(text: str, reason: str) -> None:
    assert verdict(text) != "yes", reason


ASKS = (
    ("L CIA stenosis stented. L EIA chronically occluded, treated with good result.", "treated, not told how"),
    ("R CIA 80% stented. The R EIA occlusion was recanalised successfully.", "recanalised, not told how"),
    (
        "R CIA stenosis: stent. R EIA: 70% stenosis, ballooned. Problems: I70.92.",
        "the code of an occlusion, of no vessel",
    ),
    ("Stented the left CIA, which was stenosed. Then dilated the left iliofemoral occlusion.", "iliac or femoral"),
)
TOLD = (
    ("L CIA stenosis stented. L EIA occlusion was treated by endarterectomy and patch.", "open surgery"),
    ("L CIA stenosis stented. L EIA occlusion was not treated.", "not treated"),
    ("L CIA stenosis stented. L EIA occluded. One vessel treated.", "a count"),
    ("R CIA stenosis: stent. R EIA: 70% stenosis, ballooned.", "stenoses both"),
)


@pytest.mark.parametrize(("text", "reason"), ASKS, ids=[n[1] for n in ASKS])
def test_what_a_note_leaves_open_of_a_second_vessel_is_asked(text: str, reason: str) -> None:
    assert verdict(text) == "review", reason


@pytest.mark.parametrize(("text", "reason"), TOLD, ids=[n[1] for n in TOLD])
def test_what_a_note_tells_of_a_second_vessel_is_not_asked(text: str, reason: str) -> None:
    assert verdict(text) == "no", reason

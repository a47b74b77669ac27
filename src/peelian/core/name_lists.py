"""Lists that :mod:`peelian.core.name_keys` reads: letters of other scripts, forms of address, short forms of names.

Drawn up for this project from common knowledge of naming; not a copy of any published list, and not complete. A name
that is not listed loses nothing but the extra key.
"""

from __future__ import annotations

LETTERS: dict[str, str] = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i", "ŋ": "ng",
    "ə": "a", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ƴ": "y",
}  # fmt: skip
"""Latin letters that do not come apart into a letter and an accent."""

CYRILLIC: dict[str, str] = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "yo", "ж": "zh", "з": "z", "и": "i", "й": "y",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu",
    "я": "ya", "і": "i", "ї": "yi", "є": "ye", "ґ": "g", "ў": "u", "ђ": "dj", "ј": "j", "љ": "lj", "њ": "nj",
    "ћ": "ch", "џ": "dj",
}  # fmt: skip

GREEK: dict[str, str] = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l",
    "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f",
    "χ": "ch", "ψ": "ps", "ω": "o",
}  # fmt: skip

SEMITIC: dict[str, str] = {
    "ا": "a", "أ": "a", "إ": "i", "آ": "a", "ء": "", "ؤ": "u", "ئ": "i", "ب": "b", "ت": "t", "ث": "th", "ج": "j",
    "ح": "h", "خ": "kh", "د": "d", "ذ": "dh", "ر": "r", "ز": "z", "س": "s", "ش": "sh", "ص": "s", "ض": "d", "ط": "t",
    "ظ": "z", "ع": "a", "غ": "gh", "ف": "f", "ق": "q", "ك": "k", "ل": "l", "م": "m", "ن": "n", "ه": "h", "ة": "a",
    "و": "w", "ي": "y", "ى": "a", "پ": "p", "چ": "ch", "ژ": "zh", "گ": "g", "ک": "k", "ی": "y",
    "א": "a", "ב": "b", "ג": "g", "ד": "d", "ה": "h", "ו": "v", "ז": "z", "ח": "h", "ט": "t", "י": "y", "כ": "k",
    "ך": "k", "ל": "l", "מ": "m", "ם": "m", "נ": "n", "ן": "n", "ס": "s", "ע": "a", "פ": "p", "ף": "f", "צ": "ts",
    "ץ": "ts", "ק": "k", "ר": "r", "ש": "sh", "ת": "t",
}  # fmt: skip

HONORIFICS: frozenset[str] = frozenset(
    """
    mr mrs ms miss mx master sir dame lord lady dr doctor prof professor rev revd reverend fr father sister brother
    capt captain col colonel maj major gen general lt lieutenant sgt sergeant cpl corporal admiral adm hon esq esquire
    baronet jr jnr junior sr snr senior phd md mbe obe cbe kbe haji hajji shri smt unknown
    """.split()
)
"""Forms of address, and words written for want of a name."""

_SHORT_FORMS = """
abigail: abbie abby abi gail
abraham: abe abie bram ibrahim
adelaide: addie ada heidi
agnes: aggie nessie senga
alan: al allan allen alun
albert: al bert bertie
alfred: alf alfie fred
alexander: alex alec alick sandy sacha sasha xander lex alistair alasdair aleksander oleksandr iskander
alexandra: alex lexi lexie sandra sasha sacha aleksandra oleksandra
alice: ali allie alicia alys
alison: ali allie alyson allison
amanda: mandy manda
amelia: amy millie milly emilia
andrew: andy drew andre andrei andrzej andriy
angela: angie ange
ann: annie anne nan nancy anna hannah
anthony: tony ant antony antonio anton
antonia: toni tonia
arthur: art artie
augustus: gus august
barbara: babs barb barbie
bartholomew: bart barty
beatrice: bea bee trixie beatrix
benjamin: ben benny benji binyamin
bernadette: bernie detta
bernard: bernie
bridget: bridie biddy brid
cameron: cam
caroline: carrie caz carol carolyn
catherine: cath cathy cat kate katie kathy kitty kathryn katherine katharine kathleen catriona katarzyna
catherine: kasia ekaterina katya kateryna
cecilia: celia cissy sis
charles: karl carl charlie chas chuck charley karol
charlotte: charlie lottie lotte char
christian: chris
christina: chris chrissie tina kristina krystyna
christine: chris chrissie
christopher: chris kit topher kris krzysztof
clifford: cliff
constance: connie
cornelius: con neil
cynthia: cindy
daniel: dan danny dani daniyal danyal
danielle: dani
david: dewi dave davy davey dai dafydd daud dawud dawood
deborah: deb debbie debra
dennis: den denny denis
desmond: des
dominic: dom dominick
donald: don donnie
dorothy: dot dottie dolly dora
douglas: doug dougie
edith: edie
edmund: ed eddie ned ted
edward: ed eddie ted teddy ned eddy
edwin: ed eddie
eleanor: ellie nell nelly nora elinor leonora
elizabeth: liz lizzie lizzy beth betty bess bessie betsy eliza elsie libby lisa lilibeth elisabeth elspeth
elizabeth: isabel elzbieta elizaveta
ellen: nell nelly ellie helen
emily: em emmy millie
emma: em emmy
ernest: ern ernie
eugene: gene yevgeny
ezekiel: zeke
florence: flo florrie flossie
frances: fran frankie fanny francesca
francis: frank frankie fran franciszek francisco
frank: frankie
frederick: fred freddie freddy fredrick frederic rick
gabriel: gabe jibril
gabrielle: gabby gaby
geoffrey: geoff jeff jeffrey jeffery
george: georgie jorge yuri jerzy geordie
georgina: georgie gina
gerald: gerry jerry ged
gerard: gerry ged jerry
gilbert: gil bert
gillian: gill jill jilly
gladys: glad
gordon: gord
grace: gracie
graham: graeme grahame
gregory: greg gregor grzegorz
gwendoline: gwen gwendolyn wendy
harold: harry hal
harriet: hattie harrie hetty
harry: hal
hector: heck
helen: nell nellie elena olena eleni lena
henrietta: etta hetty harriet
henry: harry hal hank henryk enrique
herbert: herb bert bertie
hilary: hil hillary
horatio: horace
hubert: bert hugh
hugh: hughie huw shug
humphrey: humph
ian: iain
irene: rene renie irena
isabella: bella izzy isabel isobel bel isabelle ysabel
isaac: ike zac ishaq
isaiah: zay
jacob: jake yaqub yakub jakub
jacqueline: jackie jacqui jacquie
james: jim jimmy jamie jem jas seamus hamish jaime
jane: janey jenny jean janet janie
janet: jan jenny jessie
jason: jay jase
jean: jeannie jeanette
jemima: mima jem
jennifer: jen jenny jenni jenna
jeremiah: jerry jem
jeremy: jez jerry jem
jessica: jess jessie
joan: joanie joanna
joanna: jo joanne joann
john: evan ieuan ioan jack johnny jon johnnie jock ian sean shaun ivan jan juan johann
jonathan: jon jonny johnny jonty nathan
joseph: joe joey jo jos yusuf yousef jozef jose
josephine: jo josie josephina
joshua: josh yusha
judith: judy jude
julia: jules julie yulia
julian: jules
katrina: trina kat
kenneth: ken kenny
kimberley: kim kimberly
laura: lori laurie
lauren: laurie loz
laurence: larry laurie lawrence lorenzo loz
leonard: len lenny leo
leslie: les lesley
lewis: lew lou louis ludwig luis
lillian: lily lil lilian
linda: lin lindy lyn lynda
louise: lou louisa
lucy: lu lucia lulu
lydia: lyd
madeleine: maddie maddy madeline
malcolm: mal malc
margaret: may maggie meg peggy madge daisy marge margie rita greta peg mags mairead megan margery maisie
margaret: margarita malgorzata
marian: marion
maria: mary marie mariya maryam miriam mia
martha: marty mattie patty
martin: marty martyn marcin
mary: molly polly may mamie maire moira minnie mae maria marie
matilda: tilly tilda maud mattie
matthew: matt matty mateusz matteo
maureen: mo reenie
maurice: mo morris
maxwell: max
maximilian: max
melanie: mel
melissa: mel lissa missy
mervyn: merv
michael: mike mick micky mickey mikey mitch misha mikhail mykhailo micheal mihai mikail michal miguel
michelle: shell chelle
mildred: millie
mohammed: muhammad mohamed mohammad muhammed mohamad mohamud mohd mo mehmet mahomed muhamed mahamed
mohammed: maxamed
montague: monty
moses: mo moe moshe musa
muriel: mu
natalie: nat nattie natalia
natasha: tasha nat
nathan: nate nat
nathaniel: nate nat nathan
neville: nev
nicholas: nick nicky nico nicolas mykola nikolai mikolaj
nicola: nicky nikki nic
norman: norm
oliver: ollie olly noll
olivia: liv livvy ollie
oscar: oz
pamela: pam
patricia: pat patsy patty trish tricia paddy
patrick: pat paddy rick padraig
paul: pauly pavel pawel pablo pavlo
penelope: penny pen
percival: percy
peter: pete pedro piotr pyotr petro
philip: phil pip phillip filip
philippa: pip pippa phil
priscilla: cilla prissy
rachel: rach rachael raquel
ralph: rafe raff
raymond: ray
rebecca: becky becca bex beck
reginald: reg reggie rex
richard: dick rick ricky rich richie dickie ryszard ricardo
robert: bob bobby rob robbie bert robin roberto
roderick: rod roddy rory
rodney: rod
roger: rodge
ronald: ron ronnie
rosalind: ros roz
rose: rosie rosa
rosemary: rosie rose
rupert: rupe
russell: russ rusty
samantha: sam sammy
samuel: sam sammy
sandra: sandy
sarah: sally sadie sal sara zara
sebastian: seb bas
sidney: sid sydney
simon: si
sophia: sophie sofia zofia sophy
stanley: stan
stephanie: steph stevie stef
stephen: steve stevie steven ste stefan szczepan esteban
stuart: stu stewart
susan: sue susie suzy sukey
susanna: sue susie suzanne susannah zuzanna
sylvester: sly
sylvia: sylvie
terence: terry tel terrance
teresa: terry tess tessa theresa
thaddeus: tad tadeusz
theodore: ted teddy theo
thomas: tom tommy tam tomas tomasz
timothy: tim timmy
tobias: toby
tracey: trace tracy
ursula: ursie
valentine: val
valerie: val
vanessa: nessa
veronica: ronnie vera
victor: vic viktor
victoria: vicky vikki tori vic viktoria
vincent: vince vinnie vin
violet: vi
virginia: ginny ginger
vivian: viv vivien vivienne
walter: wally walt wat
wilfred: wilf fred
william: gwilym bill billy will willie willy liam wm guillermo
winifred: win winnie freda
zachary: zac zach zak zack zakariya
zoe: zo
abdul: abd abdel abdol
abdullah: abdallah abdulla abdullahi abdi
abdulrahman: abdurrahman abdirahman abdelrahman
abdulaziz: abdelaziz abdiaziz
abubakar: abubakr aboubakar abukar
ahmed: ahmad ahmet achmed axmed
aisha: aysha ayesha aishah ayse caasha
ali: aly cali
amina: aminah ameena amna
amir: ameer emir
aminata: aminatou ami
asif: aseef aasif
bilal: bilaal belal
farid: fareed ferid
fatima: fatimah fatema fatimata fatma fatuma faduma fatou
faisal: faysal feisal
hamza: hamzah hamse
hasan: hassan hasaan
husain: hussain hussein husayn hossain hussien huseyin
ibrahim: ebrahim ibraheem ibrahima abraham
imran: emran imraan
iqbal: eqbal
ismail: ismael esmail ismaeel
jamal: gamal jamaal cemal
kamal: kamaal kemal
karim: kareem kerim
khadija: khadijah hatice kadija khadijatou
khalid: khaled halit
layla: leila laila leyla
mahmud: mahmoud mehmood mahmood
mariam: maryam miriam meryem maryan
mustafa: mostafa mustapha moustafa
nadia: nadya nadiya
nasir: naser nasser nasr
noor: nur nour nura
omar: umar omer cumar
osman: usman uthman othman ousmane cusmaan
qasim: kasim qassim kassem
rahim: raheem
rashid: rasheed rachid rasid
saeed: said sayeed syed sayed seyed
salim: saleem selim
samir: sameer
shahid: shaheed
tariq: tarek tarik tareq
waleed: walid
yasin: yaseen yassin yaasiin
yusuf: youssef yousef yousuf yusef yosef yuusuf joseph
zainab: zaynab zeinab zeynep
zahra: zara zohra
amandeep: aman
amarjit: amarjeet
baljit: baljeet
gurpreet: gurprit guri
harjit: harjeet
harpreet: harprit
jaspreet: jasprit jas jassi
kuldeep: kuldip
mandeep: mandip
manjit: manjeet
ranjit: ranjeet
sandeep: sandip
sukhdeep: sukhdip sukhi
surjit: surjeet
vikram: vik vicky
lakshmi: laxmi
krishna: krishnan kishan
rajesh: raj
rajendra: raj rajinder
sunil: suneel
oluwaseun: seun
oluwatobi: tobi tobiloba
oluwafemi: femi
olufemi: femi
ayodele: ayo dele
babatunde: tunde
chukwuemeka: emeka
chinedu: nedu
kwame: kwami
kofi: koffi
wojciech: wojtek
stanislaw: staszek stas
aleksei: alexey alexei alyosha oleksiy
dmitri: dmitry dmytro dima dimitri
sergei: sergey serhiy
vladimir: volodymyr vova vlad
tatiana: tatyana tetiana tanya
svetlana: sveta svitlana
maksim: maxim maksym max
yevhen: yevgeny evgeny zhenya
"""


def _by_full_name(lines: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for full, others in (line.split(":") for line in lines.strip().splitlines()):
        found[full] = found.get(full, ()) + tuple(others.split())
    return found


SHORT_FORMS = _by_full_name(_SHORT_FORMS)
"""A full name, and the short forms and other spellings under which its bearers are written down."""

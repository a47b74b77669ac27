"""Names of many cultures: common ones by hand, the rest from parts, with their spellings and short forms.

The lists are this module's own and are shared with no part that links or searches: a test is no test when both sides
read one list. They are made up of names that are common in each tradition; nobody is meant by any of them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Culture:
    """One family of names.

    Parameters
    ----------
    name : str
    share : float
        Of all households, dimensionless.
    male, female, surnames : str
        Common names, the most common first, between blanks.
    onset, middle, ending, given_ending : str
        Parts that rarer names are put together from.
    partner_takes : float
        Share of partners who take the other's surname, in [0, 1].
    new_year : float
        Share of adults whose papers say 1 January because nobody knows the day.
    """

    name: str
    share: float
    male: str
    female: str
    surnames: str
    onset: str
    middle: str
    ending: str
    given_ending: str
    partner_takes: float
    new_year: float = 0.0


CULTURES: tuple[Culture, ...] = (
    Culture(
        "english", 0.50,
        "David John James Paul Michael Andrew Mark Thomas Daniel Matthew Christopher Robert William Richard Stephen "
        "Peter Jack Joshua Samuel Joseph George Harry Oliver Charlie Alexander Benjamin Edward Anthony Kevin Ian Simon "
        "Jonathan Nicholas Gary Lee Ryan Adam Luke Jake Callum Nathan Liam Kyle Jordan Lewis Alfie Archie "
        "Leo Frederick "
        "Theodore Graham Keith Alan Derek Trevor Geoffrey Philip Timothy Dennis Raymond Kenneth Leonard "
        "Stanley Reginald",
        "Sarah Emma Laura Rebecca Jennifer Susan Margaret Elizabeth Karen Claire Nicola Helen Amanda Samantha Rachel "
        "Lisa Michelle Catherine Charlotte Emily Jessica Lauren Hannah Amy Olivia Sophie Chloe Lucy Grace Ella Lily "
        "Amelia Isabella Victoria Alexandra Jacqueline Christine Patricia Linda Julie Tracey Sandra Deborah Katherine "
        "Abigail Megan Molly Poppy Daisy Florence Alice Dorothy Joan Jean Barbara Maureen Pamela Sheila "
        "Gillian Theresa",
        "Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White Roberts "
        "Green Hall Wood Jackson Clarke Harris Lewis Turner Hill Cooper Ward Moore Clark Baker Harrison "
        "Morris King Lee "
        "Allen Scott Watson Parker Bennett Young Mitchell Cook Price Shaw Bailey Richardson Carter Collins Marshall "
        "Ellis Chapman Mills Webb Barker Palmer Stevens Phillips Matthews Rogers Reynolds Fisher Hughes Holmes Pearson",
        "Ash Bar Bir Brad Brim Bur Cal Cart Chad Clay Cor Cran Crow Dal Den Dray Dun Eck El Fair Far Fen Gar "
        "Gris Had Hal "
        "Ham Har Hat Hay Hol Hux Kel Kem Ken Lang Led Lin Lud Mar Mel Mor Nor Old Os Pem Pen Pick Rad Ram Red Rook Rud "
        "Sal Sed Shel Stan Sud Swin Tar Tem Thorn Til Tod Tun Wad Wal War Wes Whit Win Wor Yar Yel",
        "a e i o ar ber ching den der el er field ger ing ker ler ling lo man mer min ner ning per ring ser "
        "sing ter ton "
        "ver wel",
        "ton ley ford well field worth ham by wick man stead combe den dale more ridge croft shaw burn bury gate house "
        "land side smith son stone thorpe wood wright ers low cott",
        "a ah an en in ie ine on or elle ette ius ora lyn",
        0.75,
    ),
    Culture(
        "irish", 0.07,
        "Patrick Sean Michael Declan Liam Conor Kieran Brendan Eoin Cormac Niall Padraig Ciaran Fergus Dermot Eamonn "
        "Aidan Cathal Ronan Seamus Rory Colm Donal Shane Brian Kevin Finbar Oisin Tadhg Cillian",
        "Siobhan Aoife Niamh Sinead Roisin Orla Maeve Caoimhe Deirdre Grainne Brigid Ciara Eileen Noreen Bridget Mary "
        "Kathleen Una Fionnuala Aisling Saoirse Clodagh Mairead Nuala Sorcha",
        "Murphy Kelly O'Sullivan Walsh O'Brien Byrne Ryan O'Connor O'Neill O'Reilly Doyle McCarthy Gallagher O'Doherty "
        "Kennedy Lynch Murray Quinn Moore McLoughlin O'Carroll Connolly Daly O'Connell Dunne Brennan Burke Collins "
        "Clarke Hughes Farrell Fitzgerald Nolan Kavanagh Maguire McGrath",
        "Bran Bren Cal Car Cas Con Cor Cul Dal Der Don Dun Fal Far Fin Flan Gal Gar Gil Gor Han Hef Kean Keav Kil Lof "
        "Mag Mal Mul Nol Rior Scan Shan Tier Tool",
        "a e i o an ber der er la li lo na ne ra ri",
        "gan nan ney han ligan rigan van lin lon ney nell rick dan vey hy ty ghan shaw",
        "a an een in la na nagh ra",
        0.7,
    ),
    Culture(
        "south-asian", 0.13,
        "Mohammed Muhammad Ali Ahmed Imran Hassan Bilal Usman Amir Tariq Asif Rashid Abdul Hamza Zain Faisal Kamran "
        "Rahul Amit Sanjay Vijay Raj Anil Sunil Ravi Arjun Harpreet Gurpreet Jaspal Manjit Balwinder Sukhdev Nikhil "
        "Deepak Ashok Rakesh Kumar Abdur Shafiq Nazrul Monir Jahangir",
        "Fatima Aisha Ayesha Zainab Maryam Khadija Saima Nadia Shazia Rukhsana Nasreen Farzana Priya Anjali "
        "Sunita Neha "
        "Pooja Kavita Meena Rekha Harpreet Simran Jasmeet Parminder Kulwinder Amrit Begum Sultana Shamima Rehana "
        "Yasmin Samina Tahira",
        "Khan Patel Singh Ahmed Hussain Ali Begum Kaur Sharma Shah Akhtar Mahmood Malik Iqbal Chowdhury Uddin Rahman "
        "Miah Islam Hassan Mirza Qureshi Sheikh Butt Chaudhry Gupta Kumar Mehta Desai Joshi Rao Reddy Gill Sandhu "
        "Dhillon Sidhu Bains Grewal",
        "Ab Aj Am An Ar Ash Bal Bas Bha Cha Das Dev Dil Fa Gan Gul Har Im Ja Jas Ka Kha Kri La Ma Man Meh Mu "
        "Na Nas Nir "
        "Om Pa Pra Qas Ra Raj Ri Sa San Sha Shu Si Su Ta Tan U Va Vi Wa Ya Za",
        "a aa bi da deep di gha hi i ka kar la li ma mi na ni pa ra ri sha ta u va ya",
        "ani ar at bhai dar desh dhi eja ere esh ia iya kar khar lani man mani nath nder pal pur rani rwal shi singh "
        "swami tta udin vedi want",
        "a aan eep een esh i ia in ina it om ul",
        0.45, 0.05,
    ),
    Culture(
        "west-african", 0.06,
        "Kwame Kofi Kwesi Yaw Kojo Emmanuel Samuel Oluwaseun Babatunde Chukwuemeka Ikechukwu Olumide Tunde Ade Adebayo "
        "Femi Chidi Obinna Uche Nnamdi Ibrahim Musa Mamadou Ousmane Moussa Lamin Sekou Abiodun Segun Kayode",
        "Ama Abena Akosua Efua Adwoa Yaa Grace Blessing Patience Comfort Oluwatoyin Folake Ngozi Chioma Adaeze Amaka "
        "Ifeoma Funmilayo Yetunde Bola Aminata Fatou Mariama Awa Isatou Mercy Joy Temitope",
        "Mensah Owusu Boateng Asante Appiah Osei Agyemang Amoah Adeyemi Okafor Okonkwo Eze Obi Balogun "
        "Adebayo Ogunleye "
        "Nwosu Okoro Ibrahim Bello Diallo Traore Kamara Sesay Conteh Bangura Jallow Ceesay Sanneh Antwi Opoku Danso "
        "Sarpong Quaye",
        "A Abe Ade Adu Afe Agu Ak Ama An As Ba Bo Chi Da Di Do Ebe Efu Eke Em Fo Ga I Ibe Ik Ja Ko Ku Kwa La Ma Mba Mo "
        "Na Nkwa No Nwa O Oba Odu Ofo Ogu Oko Olu Ony Osa Ra Sa So Su Ta Te To U Ugo Ume Wa Ya Yi Zu",
        "ba bi bo cha da di do du fe fo ga gbe go i ja ka ke ko ku la le lo lu ma mi na no nu ra re ri sa se si so ta "
        "te to wa we ye",
        "adu aku amo anu di dogo fia fin gba gu hene ji ka kan ke koro kwu la lade lewa linde lu mah me mfi na ne ngo "
        "nya okun olu ra sah seun si su ta tan te tola wale we wo wu ye zie",
        "a ba bi de di e fe ka ke la le ma mi na ni o ra sa se si ta ye",
        0.6, 0.02,
    ),
    Culture(
        "arabic", 0.05,
        "Mohamed Ahmad Ali Hussein Omar Youssef Khalid Mustafa Ibrahim Hassan Mahmoud Abdullah Karim Samir Nasser "
        "Tareq Walid Yasin Bilal Jamal Farid Rami Ziad Abdi Abdirahman Said Hamid",
        "Fatima Aicha Khadija Mariam Zeinab Amina Leila Nour Huda Samira Salma Yasmine Rania Hanan Asma Hodan Sahra "
        "Hawa Ifrah Dunya Noura Iman",
        "Mohamed Ahmed Ali Hassan Ibrahim Hussein Mahmoud Abdullah Saleh Osman Abdi Farah Warsame Nur Jama Haddad "
        "Khoury Mansour Nasser Saad Aziz Hamdan Khalil Salem Sayed Yousef Al-Masri El-Amin Bakri Darwish",
        "Ab Ad Al As Ba Bak Da Dar Fa Far Ga Gha Ha Had Ham Has Hi Ib Is Ja Jab Ka Kas Kha Ma Mak Man Mas Mu "
        "Na Naj Nas "
        "Qa Ra Ras Sa Sab Sal Sha Shar Su Ta Tal Tar U Wa Ya Za Zah",
        "a ba bi da di du fa ha hi i ka la li ma mi mou na ni ra ri sa si ta ti wa ya",
        "ad ah ai ali am an ani ar as awi aya ayn bani dan dar daoui di dine eed ef el far i id ila im in "
        "ine ir ish oub "
        "oun our rani roui sen ssi ti zi",
        "a ah an eef een em id im ir iya oud our",
        0.1, 0.08,
    ),
    Culture(
        "slavic", 0.07,
        "Piotr Krzysztof Andrzej Tomasz Pawel Marcin Michal Jakub Lukasz Wojciech Adam Mateusz Ivan Dmitri Sergei "
        "Aleksandr Andrei Mikhail Nikolai Vladimir Yuri Oleksandr Bohdan Jan Jiri Milan Dragan Zoran Stefan Bogdan",
        "Anna Katarzyna Agnieszka Malgorzata Joanna Magdalena Ewa Monika Aleksandra Zofia Olga Natalia "
        "Svetlana Tatiana "
        "Irina Yelena Oksana Ludmila Ivana Milena Jelena Dragana Petra Jana Karolina Justyna Dorota",
        "Nowak Kowalski Wisniewski Wojcik Kowalczyk Kaminski Lewandowski Zielinski Szymanski Wozniak Ivanov Petrov "
        "Sidorov Smirnov Kuznetsov Popov Shevchenko Kovalenko Bondarenko Novak Svoboda Horvat Jovanovic Petrovic "
        "Mazur Krawczyk Dudek Pawlak Sikora Baran",
        "Bar Bel Ber Bog Bor Bra Bud Chm Chor Cza Dab Dob Dra Dub Du Gaj Gla Gol Gor Gra Gro Grz Hor Jab Jag "
        "Jar Jan Kal "
        "Kar Kas Koc Kol Kor Kos Kra Kro Kru Kub Lat Les Lis Luk Mal Mar Mat Mic Mir Mro Myk Ole Os Pav Pet "
        "Pie Pok Pol "
        "Prz Rad Rog Rom Rud Sad Sav Sem Sko Sob Sta Ste Sul Szc Tka Tom Vas Vol Wal Was Wie Wro Zab Zaj Zal Zar",
        "a al an ar ba cho da de do e ek el en er i ie in ko la li lo ma mi mo na ni no ra ri ro sa si so ta "
        "ti to wi za",
        "ak anov arz chuk cki czak czyk dek enko ewicz ic icz iec ik in ka kov kowski ko la lski n nik nov nowicz ny "
        "osz ov ovic ow owicz ski sky ta ula uk wiak yk yna",
        "a an ek el ena ik ina ir islav ka omir osz ya",
        0.7,
    ),
    Culture(
        "chinese", 0.03,
        "Wei Jun Ming Hao Jian Lei Yang Feng Chao Bo Tao Qiang Peng Kai Xin Yu Chun Kwok Wing Chi Ka Siu Kin Hon Man "
        "Tin Yiu Zhiqiang Xiaoming Jianguo",
        "Mei Ling Li Fang Na Jing Xiu Yan Hui Min Juan Lan Xia Qing Yun Wai Yee Suk Pui Ying Lai Man Sze Hiu "
        "Ka Xiaohong "
        "Yuting Jiayi",
        "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Chan Wong Cheung "
        "Lee Lau Ng "
        "Leung Ho Chow Tang Lam Yip Tsang Kwok Fung Mak Hui Tse Tam",
        "A Ba Bai Bo Cai Chao Che Chi Da Dai Dong Fa Fan Fu Ga Gang Ge Guan Ha Han Hong Hua Jia Jie Jin Ka Ke Kun Lai "
        "Lang Lei Long Mao Mei Mu Na Nian Ou Pan Ping Qi Qian Qiu Ran Rong Ru Shan Shi Shu Song Tai Tian Tong Wan Wen "
        "Xi Xian Xiang Xue Ya Ye Yi Yong Yuan Zai Ze Zhen Zhi Zong",
        "an ao e en i in o u",
        "an ang ao bai bin bo chen chun dan de fei fen gang guo hai han hao hong hua hui jia jian jie jin jing jun kai "
        "lan lei li lian lin ling long mei min ming nan ning peng ping qi qiang qing rong rui shan shu tao tian ting "
        "wei wen xia xiang xin xiu yan yang yi ying yong yu yuan yue yun ze zhen zhi",
        "an en hua jun lan li lin mei min ning ping qing rui wei xin yan ying yu yun",
        0.1,
    ),
    Culture(
        "caribbean", 0.05,
        "Delroy Winston Leroy Marcus Tyrone Jermaine Dwayne Errol Clive Desmond Devon Carlton Wayne Andre Kemar Damian "
        "Romario Tyrell Jamal Malachi Isaiah Elijah Kieron Curtis Trevor Lloyd Neville Rohan",
        "Sharon Marcia Beverley Yvonne Natasha Shanice Chantelle Keisha Tanisha Latoya Aaliyah Tiana Shantel Jasmine "
        "Paulette Claudette Hyacinth Donna Joy Precious Renee Kadian Simone Monique Leonie",
        "Campbell Brown Williams Grant Gordon Morgan Francis Bailey Reid Clarke Powell Henry Thompson Morrison Stewart "
        "Edwards Joseph Charles Alexander Pierre Baptiste Ramdin Mohammed Persaud Lewis Johnson McKenzie Samuels Blake "
        "Barrett Forbes Richards",
        "Al Am Bar Be Ber Bla Bra Bre Cam Car Cha Cla Cor Da Del Des Do Dun Ed Fa Fer Fra Ga Gar Gil Gra Ha "
        "Har Hen Jar "
        "Je Ken La Lat Le Lin Ma Mal Mar Mc Mo Na Nel Or Pa Pow Que Ra Rae Ro Sa Sham Sho Ste Ta Tre Ty Va Wil Win Ze",
        "a an ar de don e el en er ey i in ish la le lo man mon na nel o ra ri ron ta ti ton va",
        "bell bert craft den dine don dor drick ell ene ett ford ford ges gill ial iel ier igan ings ion kett las ley "
        "lin line low man mond mont nard ner nett ney nier nson rell rick ron rson son ston ton tte vain vern vis well",
        "a ah anne elle ia ice ika ine isha on onte oy quan retta vaughn",
        0.6,
    ),
    Culture(
        "iberian", 0.04,
        "Joao Jose Antonio Carlos Manuel Pedro Luis Miguel Paulo Rui Ricardo Fernando Diego Javier Juan Rafael Andres "
        "Sergio Tiago Nuno Eduardo Marcos Bruno Felipe",
        "Maria Ana Carmen Sofia Isabel Lucia Teresa Beatriz Ines Marta Joana Catarina Paula Cristina Juliana Fernanda "
        "Camila Elena Raquel Pilar Rosa Gabriela",
        "Silva Santos Ferreira Pereira Oliveira Costa Rodrigues Martins Fernandes Gomes Garcia Rodriguez Gonzalez "
        "Fernandez Lopez Martinez Sanchez Perez Gomez Ruiz Souza Almeida Carvalho Ribeiro Pinto Teixeira Vargas Moreno",
        "Al Ara Bar Be Bel Ber Bra Ca Cal Cam Car Cas Cer Co Cor Cu Da De Do Es Fa Fi Flo Fon Ga Gal Gra Gue "
        "He Hi Ja La "
        "Lei Lo Lu Ma Mal Man Mar Me Mi Mo Na No Nu Or Pa Pal Pe Pi Po Qui Ra Re Ri Ro Sa Sal San Se Si So Su Ta Te To "
        "Tor Va Val Ve Vi Za",
        "a al an ar be ca ce da de di e en es fa ga i la le li lo ma mi na ne ni no ra re ri ro sa se si ta te ti va",
        "ado al anco anes ano ar ara ares as ates av edo ega eira eiro ejo ela elo ena endes ente era eres ero es eso "
        "eta ez ia iano ido illa illo ina inho ino io ira isco ito iz oa ona or os osa oso ota ugo ura uro",
        "a ana ela elo enio ia ido iana ina ino io isa ita o",
        0.2,
    ),
)  # fmt: skip

SPELLINGS: tuple[str, ...] = (
    "Mohammed Muhammad Mohamed Mohammad Muhammed Mohamad Mohd",
    "Ahmed Ahmad Ahmet",
    "Hussain Hussein Husain Hossain Husayn",
    "Hassan Hasan Hassen",
    "Youssef Yusuf Yousef Yusef Yousuf",
    "Fatima Fatimah Fatema Fatma",
    "Aisha Ayesha Aysha Aicha Aishah",
    "Khadija Khadijah Khadeeja",
    "Maryam Mariam Miriam Meryem",
    "Abdul Abdel Abdoul",
    "Abdullah Abdallah Abdulla",
    "Ibrahim Ebrahim Ibraheem",
    "Omar Umar Omer",
    "Usman Osman Uthman Othman",
    "Khalid Khaled Halid",
    "Tariq Tareq Tarek Tarik",
    "Yasmin Yasmine Yasmeen Jasmin",
    "Rahman Rehman Rahmaan",
    "Chowdhury Choudhury Chaudhry Choudhry Chaudhary",
    "Uddin Udin Ud-Din",
    "Miah Mia Miya",
    "Begum Begam Begom",
    "Akhtar Akhter Aktar Akter",
    "Iqbal Eqbal Iqball",
    "Mahmood Mahmoud Mehmood Mahmud",
    "Sheikh Shaikh Shaykh",
    "Qureshi Quraishi Koreshi",
    "Gurpreet Gurprit",
    "Aleksandr Alexander Oleksandr Alexandr",
    "Sergei Sergey Serhiy",
    "Dmitri Dmitry Dimitri Dmytro",
    "Yuri Yury Iouri Jurij",
    "Mikhail Michail Mykhailo",
    "Yelena Elena Jelena",
    "Tatiana Tatyana Tetiana",
    "Svetlana Svitlana",
    "Kowalski Kovalski Kowalsky Kowalska",
    "Wisniewski Vishnevski Wisniewska",
    "Szymanski Shimanski Szymanska",
    "Shevchenko Schevchenko Chevtchenko",
    "Kuznetsov Kuznetzov Kouznetsov",
    "Jovanovic Yovanovich Jovanovich",
    "Krzysztof Krzystof Kristof",
    "Wang Wong Huang",
    "Zhang Cheung Chang",
    "Chen Chan Chin",
    "Li Lee Lei",
    "Liu Lau Low",
    "Xu Hsu Tsui",
    "Zhou Chow Chou",
    "Wu Ng Woo",
    "Siobhan Shivaun Shevaun",
    "Niamh Neve Nieve",
    "Aoife Eefa",
    "Caoimhe Keeva Kiva",
    "Sean Shaun Shawn",
    "Kieran Ciaran Kieron",
    "Conor Connor Conner",
    "Declan Deaglan",
    "O'Brien OBrien O'Bryan Obrien",
    "O'Connor OConnor O'Conor",
    "O'Neill ONeill O'Neil Oneill",
    "McCarthy MacCarthy Mcarthy",
    "McLoughlin McLaughlin MacLoughlin",
    "Stephen Steven",
    "Catherine Katherine Kathryn Catharine",
    "Sarah Sara",
    "Claire Clare Clair",
    "Nicola Nichola",
    "Tracey Tracy",
    "Philip Phillip",
    "Geoffrey Jeffrey Geoffery",
    "Graham Graeme Grahame",
    "Alan Allan Allen",
    "Clarke Clark",
    "Thompson Thomson Tompson",
    "Davies Davis",
    "Phillips Philips",
    "Matthews Mathews",
    "Reid Read Reed",
    "Diallo Jallow Jalloh",
    "Traore Traoure Trawally",
    "Kamara Camara",
    "Oluwaseun Seun",
    "Agyemang Agyeman Adjeman",
    "Okonkwo Okonkow",
    "Joao Juao",
    "Rodrigues Rodriguez",
    "Fernandes Fernandez",
    "Gomes Gomez",
    "Sousa Souza",
)
"""Spellings of one name, each group between blanks: any may be written for any other."""

SHORT_FORMS: tuple[str, ...] = (
    "William Bill Billy Will Liam", "Robert Bob Rob Bobby Robbie", "Richard Rick Dick Richie", "James Jim Jimmy Jamie",
    "John Johnny Jack", "Michael Mike Mick Mickey", "David Dave Davey", "Thomas Tom Tommy", "Daniel Dan Danny",
    "Matthew Matt", "Christopher Chris Kit", "Andrew Andy Drew", "Stephen Steve", "Steven Steve", "Peter Pete",
    "Joshua Josh", "Samuel Sam Sammy", "Joseph Joe Joey", "Alexander Alex Sandy Xander", "Benjamin Ben Benji",
    "Edward Ed Eddie Ted Ned", "Anthony Tony Ant", "Simon Si", "Jonathan Jon Jonny", "Nicholas Nick Nicky",
    "Frederick Fred Freddie", "Theodore Theo Ted", "Philip Phil", "Timothy Tim", "Raymond Ray", "Kenneth Ken Kenny",
    "Leonard Len Lenny", "Reginald Reg Reggie", "Geoffrey Geoff", "Elizabeth Liz Beth Lizzie Betty Eliza Libby",
    "Margaret Maggie Peggy Meg Marge", "Jennifer Jen Jenny", "Rebecca Becky Becca", "Susan Sue Susie",
    "Samantha Sam Sammy", "Amanda Mandy", "Catherine Cath Kate Cathy Katie", "Katherine Kath Kate Katy Kitty",
    "Victoria Vicky Tori", "Alexandra Alex Sandra Lexi", "Jacqueline Jackie", "Christine Chris Tina",
    "Patricia Pat Trish",
    "Deborah Debbie Deb", "Abigail Abi Gail", "Isabella Bella Izzy", "Charlotte Charlie Lottie", "Emily Em Millie",
    "Jessica Jess", "Dorothy Dot Dottie", "Barbara Barb Babs", "Pamela Pam", "Gillian Gill", "Theresa Terry Tess",
    "Florence Flo Florrie", "Patrick Pat Paddy", "Bridget Biddy", "Kathleen Kath Kathy", "Eileen Eily",
    "Mohammed Mo Moe", "Muhammad Mo", "Mohamed Mo", "Abdul Ab", "Abdullah Abdi", "Harpreet Harry Harp", "Gurpreet Gaz",
    "Balwinder Bal", "Rajesh Raj", "Imran Immy", "Hassan Hass", "Ibrahim Ibby", "Yasmin Yaz", "Khadija Dija",
    "Oluwaseun Seun", "Babatunde Tunde", "Chukwuemeka Emeka", "Ikechukwu Ike", "Olumide Mide", "Emmanuel Manny Emma",
    "Adebayo Bayo", "Funmilayo Funmi", "Temitope Temi", "Oluwatoyin Toyin", "Krzysztof Krzysiek Chris",
    "Andrzej Andy", "Tomasz Tomek", "Pawel Paul", "Michal Misza", "Jakub Kuba", "Wojciech Wojtek", "Katarzyna Kasia",
    "Agnieszka Aga", "Malgorzata Gosia", "Magdalena Magda", "Aleksandra Ola", "Zofia Zosia", "Aleksandr Sasha",
    "Dmitri Dima", "Mikhail Misha", "Vladimir Vova", "Natalia Natasha", "Tatiana Tanya", "Svetlana Sveta",
    "Yelena Lena",
    "Jose Pepe Ze", "Francisco Paco", "Antonio Toni", "Fernando Nando", "Eduardo Edu", "Jermaine Jay", "Winston Win",
    "Delroy Del", "Marcus Marc", "Tyrone Ty", "Chantelle Chan", "Latoya Toya",
)  # fmt: skip
"""A name, then what people call those who bear it."""

STREET_NAMES: str = (
    "Smalls Biggz Ghost Tiny Trigz Blaze Chopper Dutch Flex Ginge Jinx Kez Lil-D Moe Nines Popeye Razor Slim Spider "
    "Stretch T-Man Twitch Uncle Vex Wolf Younger-K Zee Ace Baz Bones Buck Cash Dizzy Duke Frosty Goldie Hoods Jigsaw "
    "Kobra Lanky Mad-T Nitro Ox Pops Quid Rocky Shady Skinny Snake Sparky Taz"
)
"""What members of groups call each other; several people bear one."""

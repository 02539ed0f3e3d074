"""The French press's everyday vocabulary around films, whatever the topic: folded, one tuple a class of evidence."""

FILM = (
    "film", "long metrage", "court metrage", "blockbuster", "thriller", "saga", "franchise", "trilogie", "suite",
    "sequelle", "preambule", "bande annonce", "trailer", "teaser", "casting", "tournage", "realisateur",
    "realisatrice", "realise", "cineaste", "acteur", "actrice", "comedien", "comedienne", "scenario", "scenariste",
    "producteur", "spectateur", "cinema", "cinephile", "blu ray", "dvd", "vod", "svod", "streaming", "plateforme",
    "rediffusion", "rediffuse", "diffusion", "box office", "top 10", "serie", "series", "hollywood", "avant premiere",
    "bande originale", "bo", "generique", "salle obscure", "salles obscures", "seance", "festival", "heros", "heroine",
    "intrigue", "distribution", "vostfr", "vost", "vf", "v f", "vo", "steelbook", "projection", "projete", "cascadeur",
    "cascade", "effets speciaux", "premier volet", "second volet", "volet", "opus", "cine club", "prime video",
    "disney", "tf1", "w9", "tmc", "canal", "tf1 series films", "doubleur", "doublage", "fan", "affiche", "budget",
    "figurant", "remake", "reboot", "spin off", "prequel", "long format", "catalogue", "movie", "crowdfunding",
    "financement participatif", "court", "role", "divulgacheur", "spoiler", "spoil", "navet", "nanar", "critique",
    "cinephilie", "saturn awards", "oscar", "palmares", "projectionniste", "serie derivee", "louer", "location",
    "se loue", "top", "numero un", "visionnages", "telespectateur", "prime time", "rattrapage", "replay", "television",
    "tele", "programme tv", "documentaire", "making of", "decor", "tournee", "long", "moyen metrage", "polar",
    "western", "personnage", "metteur en scene", "mise en scene", "visionner", "visionnage", "4k", "sf", "nanardeur",
    "histoire vraie", "vus a l ecran", "au cinema", "cinemont", "sous titres", "realisateurs", "fin expliquee",
    "explique la fin", "realisation", "details caches", "anecdotes", "figurants", "plateau", "photographe de plateau",
    "doubleurs", "tirage", "tourne a", "personnages", "protagoniste", "antagoniste", "cliffhanger", "parodie",
    "pastiche", "cameo", "easter egg", "plan sequence", "sous cote", "sous estime", "sequence",
)  # fmt: skip

# Words of films that an accent makes others: displayed, not a poster.
ACCENTS_CHANGE = frozenset(("affiche",))

# Right before the title: what only a work can be the object of.
LEADS_IN = (
    "film", "films", "long metrage", "court metrage", "thriller", "saga", "franchise", "suite de", "acteur de",
    "actrice de", "realisateur de", "createur de", "univers de", "bande annonce de", "casting de", "star de",
    "heros de", "tournage de", "fans de", "scenario de", "succes de", "sortie de", "diffusion de", "regarder",
    "revoir", "voir", "visionner", "intitule", "titre", "baptise", "univers", "d apres", "inspire de", "comme",
    "avant", "apres", "blu ray de", "dvd de", "affiche de", "episode de", "volet de", "dans", "nomme", "long",
    "decouvrir", "equipe de", "realise", "tourne", "produit", "film de science fiction", "adaptation de", "vu", "vus",
    "revu", "regarde", "regardent", "aime", "adore", "location de", "achat de", "exemplaire de", "copie de",
    "minutes de", "fin de", "debut de", "scene de", "scenes de", "equipes de", "personnages de", "robots de",
    "monde de", "titre de", "plan de", "projection de", "seance de", "rediffusion de", "version de", "spin off de",
    "musique de", "bo de", "coffret", "tournait", "tourner", "tournent", "ce", "jouer a", "parodie de",
    "cliches pris pendant", "pendant", "entrepots de", "eclairs de", "psyke de", "parle de", "louer", "acheter",
    "finir", "fini", "terminer", "conseille", "recommande", "cite", "citer",
)  # fmt: skip

# Right after the title: what a film does, and an error code does not.
FILM_VERBS = (
    "debarque", "cartonne", "sort", "arrive", "raconte", "reunit", "suit", "met en scene", "s impose",
    "est disponible", "reprend", "est diffuse", "sera diffuse", "a tout", "imagine", "se deroule", "domine",
    "fait un carton", "est de retour", "revient", "seduit", "decroche", "s offre", "sera rediffuse", "est rediffuse",
    "caracole", "est un film", "n est pas un film", "avait", "depasse", "triomphe", "le film", "premier du nom",
    "sera projete", "le long metrage", "ou", "plonge", "quitte", "rejoint", "s invite", "met", "entre dans le top",
    "prend", "doit",
)  # fmt: skip

# Right after the title: what an everyday code does.
CODE_VERBS = (
    "signifie", "signale", "indique", "designe", "correspond", "s affiche", "apparait", "s applique", "est affiche",
    "renvoie", "clignote", "veut dire", "concerne", "figure", "est attribue", "est reserve",
)  # fmt: skip

# In an everyday "code 8": help pages, forms, security codes, radio codes.
EVERYDAY = (
    "erreur", "error", "panne", "bug", "plantage", "dysfonctionnement", "depannage", "defaut", "anomalie", "correctif",
    "mise a jour", "appli", "connexion", "se connecter", "wi fi", "wifi", "hdmi", "redemarrer", "redemarrage",
    "reinitialiser", "reinstaller", "demarrage", "manette", "box", "telecommande", "decodeur", "routeur", "firmware",
    "developpeur", "programmation", "python", "javascript", "lave linge", "lave vaisselle", "seche linge",
    "machine a laver", "chaudiere", "imprimante", "vidange", "voyant", "thermostat", "climatiseur", "diagnostic",
    "garagiste", "tableau de bord", "formulaire", "nomenclature", "declaration", "douane", "mot de passe", "sms",
    "authentification", "validation", "digicode", "coffre fort", "serrure", "code promo", "remise", "reduction",
    "qr code", "flasher", "scanner", "code barres", "dress code", "code postal", "article 8", "alinea", "code civil",
    "code penal", "code de la route", "code du travail", "jurisprudence", "decret", "talkie walkie", "patrouille",
    "policiers", "pompiers", "stadier", "radio de service", "televiseur refuse", "ecran noir", "code d erreur",
    "refuse de", "s affiche", "message d erreur", "support technique", "service client", "sav", "mode d emploi",
    "etiquette", "inventaire", "les serveurs", "codes d erreur", "boitier", "appareil", "turbine", "rincage", "petrin",
    "tablette du juge", "service technique", "videz le cache", "videz les donnees", "dns", "carte d abonnement",
    "droits expires", "autoradio", "multimedia", "klaxon", "ascenseur", "alarme", "distributeur automatique",
    "guichet", "haut parleurs", "deploye", "evacuation", "aidants", "soignants", "bloc operatoire", "brancardier",
    "douaniers", "contribuables", "declarants", "recensement", "nomenclatures", "insee",
)  # fmt: skip

# Other things than films that may bear the name.
OTHER_THINGS = (
    "album", "single", "groupe de rock", "trio", "quatuor", "rappeur", "rappeuse", "chanteur", "chanteuse", "griffe",
    "maquillage", "rouge a levres", "cosmetique", "parfum", "salon de coiffure", "cocktail", "discotheque",
    "boite de nuit", "night club", "escape game", "espion", "resistant", "espionnage", "jument", "voilier",
    "jeu de cartes", "start up", "collectif", "recueil", "bande dessinee", "troupe", "compagnie", "club", "bar",
    "atelier", "agence", "association", "exposition", "expo", "danse", "ballet", "choregraphe", "choregraphie",
    "programme immobilier", "logements", "residence", "immeuble", "biere", "brasserie", "brasseur", "vin", "cuvee",
    "roman", "livre", "clip", "morceau", "ep", "45 tours", "playlist", "dj", "duo", "groupe", "salle de sport",
    "restaurant", "cafe", "coffee", "torrefacteur", "societe", "entreprise", "murder party", "police de caracteres",
    "fonte", "fontes", "caracteres", "voiles", "regate", "equipages", "cheval", "entraineur", "rugby", "basket",
    "natation", "football", "handball", "joueurs", "ballon", "touche", "chanson", "rappeurs", "jazz", "punk", "rock",
    "techno", "pochette", "sweats", "streetwear", "mode", "velos", "tapisseries", "plasticienne", "coiffure",
    "agent secret", "agent", "boutique", "magasin", "tournoi",
)  # fmt: skip

# Right before an everyday code: what a device, a clerk or a radio shows or says.
SHOWN_BY = (
    "affiche", "affichait", "affichent", "affiche un", "dit", "repond", "repondait", "annonce", "annoncait", "signale",
    "indique", "indiquait", "message", "messages", "mention", "crie", "voyant", "boitier", "mot", "mots", "ordre",
)  # fmt: skip

UNITS = (
    "ans", "an", "annee", "annees", "jour", "jours", "heure", "heures", "minutes", "secondes", "semaines", "mois",
    "million", "millions", "milliard", "milliards", "mille", "euros", "dollars", "fois", "chiffres", "chiffre",
    "caracteres", "lettres", "symboles", "bits", "bit", "octets", "places", "personnes", "films", "episodes",
    "saisons", "series", "lignes", "points", "pages", "idees", "choses", "tenues", "looks", "astuces", "conseils",
    "etapes", "degres", "kilos", "km", "metres", "cm", "bis", "ter", "digits", "chevaux", "articles", "pt", "mm",
    "volts", "watts", "lits", "rue", "etage",
)  # fmt: skip

DETERMINERS = frozenset(
    [
        "le",
        "un",
        "ce",
        "du",
        "au",
        "son",
        "votre",
        "notre",
        "les",
        "des",
        "chaque",
        "leur",
        "mon",
        "ton",
        "cet",
        "quel",
        "d",
        "l",
        "autre",
        "meme",
        "aucun",
        "tel",
        "deux",
    ]
)

FEMININE = frozenset("la une cette ma ta sa aucune".split())

# In every article: they tell nothing of what it reports.
EVERYWHERE = (
    "a", "ainsi", "alors", "apres", "au", "aucun", "aussi", "autre", "aux", "avant", "avec", "avoir", "bien", "c",
    "ca", "car", "ce", "cela", "celle", "celui", "ces", "cet", "cette", "ceux", "chaque", "comme", "comment", "d",
    "dans", "de", "depuis", "des", "deux", "donc", "dont", "du", "elle", "elles", "en", "encore", "entre", "est",
    "et", "etait", "etaient", "ete", "etre", "eu", "fait", "faire", "fois", "il", "ils", "j", "je", "jusqu", "l",
    "la", "le", "les", "leur", "leurs", "lors", "lui", "m", "mais", "me", "meme", "mes", "moins", "n", "ne", "ni",
    "nos", "notre", "nous", "on", "ont", "ou", "par", "parce", "pas", "pendant", "peu", "peut", "plus", "plusieurs",
    "pour", "pourquoi", "qu", "quand", "que", "quel", "quelle", "quelques", "qui", "quoi", "s", "sa", "sans", "se",
    "selon", "sera", "ses", "si", "son", "sont", "sous", "sur", "t", "ta", "tandis", "tant", "tel", "tous", "tout",
    "toute", "toutes", "tres", "trois", "un", "une", "vers", "voici", "voila", "vos", "votre", "vous", "y",
)  # fmt: skip

# Of time: they tell when, not what.
OF_TIME = (
    "fin", "jour", "jours", "an", "ans", "annee", "annees", "premier", "premiere", "deja", "ici", "tot", "tard",
    "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
)  # fmt: skip

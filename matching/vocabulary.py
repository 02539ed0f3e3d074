"""The French press's everyday vocabulary around films, whatever the topic: folded, one tuple a class of evidence."""

FILM = (
    "film", "long metrage", "court metrage", "blockbuster", "thriller", "saga", "franchise", "trilogie", "suite",
    "sequelle", "preambule", "bande annonce", "trailer", "teaser", "casting", "tournage", "realisateur",
    "realisatrice", "realise", "cineaste", "acteur", "actrice", "comedien", "comedienne", "scenario", "scenariste",
    "producteur", "spectateur", "cinema", "cinephile", "ecran", "blu ray", "dvd", "vod", "svod", "streaming",
    "plateforme", "rediffusion", "rediffuse", "diffusion", "box office", "top 10", "serie", "series", "hollywood",
    "avant premiere", "bande originale", "bo", "generique", "salle obscure", "salles obscures", "seance", "festival",
    "heros", "heroine", "intrigue", "distribution", "vostfr", "vost", "vf", "v f", "vo", "steelbook", "projection",
    "projete", "cascadeur", "cascade", "effets speciaux", "premier volet", "second volet", "volet", "opus",
    "cine club", "prime video", "disney", "tf1", "w9", "tmc", "canal", "tf1 series films", "doubleur", "doublage",
    "fan", "affiche", "budget", "figurant", "remake", "reboot", "spin off", "prequel", "long format", "catalogue",
    "movie", "crowdfunding", "financement participatif", "court", "role", "divulgacheur", "spoiler", "spoil", "navet",
    "nanar", "critique", "cinephilie", "saturn awards", "oscar", "palmares", "projectionniste", "serie derivee",
    "louer", "location", "se loue", "top", "numero un", "visionnages", "telespectateur", "prime time", "rattrapage",
    "replay", "television", "tele", "programme tv", "documentaire", "making of", "decor", "tournee", "long",
    "moyen metrage", "polar", "western", "personnage", "metteur en scene", "mise en scene", "visionner", "visionnage",
    "4k", "sf",
)  # fmt: skip

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
    "musique de", "bo de", "coffret",
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
    "mise a jour", "application", "appli", "serveur", "connexion", "se connecter", "wi fi", "wifi", "hdmi",
    "redemarrer", "redemarrage", "reinitialiser", "reinstaller", "demarrage", "console", "xbox", "playstation", "ps5",
    "switch", "manette", "box", "telecommande", "decodeur", "routeur", "firmware", "logiciel", "developpeur",
    "programmation", "python", "javascript", "lave linge", "lave vaisselle", "seche linge", "machine a laver",
    "chaudiere", "imprimante", "vidange", "voyant", "thermostat", "climatiseur", "four", "moteur", "diagnostic",
    "garagiste", "tableau de bord", "formulaire", "nomenclature", "rubrique", "case", "annexe", "declaration",
    "douane", "chiffres", "mot de passe", "sms", "authentification", "validation", "digicode", "cadenas",
    "coffre fort", "serrure", "code promo", "remise", "reduction", "qr code", "flasher", "scanner", "code barres",
    "dress code", "code postal", "article 8", "alinea", "code civil", "code penal", "code de la route",
    "code du travail", "jurisprudence", "tribunal", "decret", "talkie walkie", "patrouille", "policiers", "pompiers",
    "stadier", "radio de service", "central", "motif", "televiseur refuse", "refuse de", "s affiche",
    "message d erreur", "support technique", "service client", "sav", "notice", "mode d emploi", "caisse", "etiquette",
    "reference", "inventaire", "entrepot", "colis", "livraison",
)  # fmt: skip

# Other things than films that may bear the name.
OTHER_THINGS = (
    "album", "single", "groupe de rock", "trio", "quatuor", "rappeur", "rappeuse", "chanteur", "chanteuse", "chanson",
    "concert", "griffe", "maquillage", "rouge a levres", "cosmetique", "parfum", "boutique", "salon de coiffure",
    "restaurant", "bar", "cocktail", "discotheque", "boite de nuit", "night club", "escape game", "agent", "espion",
    "resistant", "espionnage", "cheval", "jument", "voilier", "jeu de cartes", "start up", "collectif", "roman",
    "recueil", "bande dessinee",
)  # fmt: skip

UNITS = (
    "ans", "an", "annee", "annees", "jour", "jours", "heure", "heures", "minutes", "secondes", "semaines", "mois",
    "million", "millions", "milliard", "milliards", "mille", "euros", "dollars", "fois", "chiffres", "chiffre",
    "caracteres", "lettres", "symboles", "bits", "bit", "octets", "places", "personnes", "films", "episodes",
    "saisons", "series", "lignes", "points", "pages", "idees", "choses", "tenues", "looks", "astuces", "conseils",
    "etapes", "degres", "kilos", "km", "metres", "cm", "bis", "ter", "digits", "chevaux", "articles",
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

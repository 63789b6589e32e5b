"""Names that were put together from lists. Whoever has one of them in life is not meant."""

from __future__ import annotations

from random import Random

#: First names and family names, by the language that they are at home in.
_LISTS: dict[str, tuple[str, str]] = {
    "de": (
        "Anna Lena Jonas Felix Sophie Marie Paul Emma Lukas "
        "Greta Moritz Klara Jürgen Käthe Björn Ute Heiko Silke",
        "Müller Schäfer Weiß Krüger Brandt Lorenz Böhm Vogel "
        "Hartmann Groß Ziegler Kühn Roth Pohl Engel Busch",
    ),
    "pt": (
        "João Maria Inês Tiago Beatriz Rui Catarina Afonso "
        "Leonor Duarte Marta Gonçalo Sílvia Nuno Conceição Davi",
        "Silva Santos Ferreira Pereira Oliveira Carvalho "
        "Gonçalves Araújo Magalhães Teixeira Vasconcelos Brandão",
    ),
    "es": (
        "Lucía Mateo Sofía Diego Valeria Andrés Camila Iker "
        "Paula Álvaro Ximena Joaquín Nerea Íñigo Pilar Raúl",
        "García Fernández Núñez Ibáñez Castillo Ortega Muñoz "
        "Peña Rojas Aguilar Salazar Zúñiga Cabrera Montoya",
    ),
    "en": (
        "Olivia Noah Amelia Jack Grace Ethan Ruby Logan Hazel "
        "Mason Chloe Wyatt Ivy Caleb Nora Owen Zoe Declan",
        "Smith Walker Bennett O’Brien Carter Hughes Fletcher "
        "Morgan Sinclair Reed Whitaker Palmer Doyle Ashcroft",
    ),
    "in": (
        "Aarav Diya Vihaan Ananya Arjun Meera Rohan Kavya "
        "Ishaan Priya Nikhil Lakshmi Farhan Zoya Harpreet Divya",
        "Sharma Iyer Reddy Nair Patel Banerjee "
        "Chatterjee Venkataraman Krishnamurthy Gowda Deshpande Kaur Qureshi",
    ),
    "ar": (
        "محمد فاطمة أحمد مريم يوسف ليلى خالد نور عمر سارة حسن هدى طارق ريم سعيد زينب",
        "الهاشمي المنصوري الشامي العطار الزهراني القاسمي البغدادي المهيري النجار الحداد الكندي السالم",
    ),
    "fr": (
        "Élodie Théo Chloé Hugo Léa Baptiste Manon Gaël Inès Rémi Océane Loïc Maëlle Étienne Noémie Cédric",
        "Lefèvre Moreau Girard Rousseau Béranger Chevalier Dupré Fontaine Marchand Delacroix Aubert Lemaître",
    ),
    "vi": (
        "Anh Minh Hương Tuấn Linh Dũng Thảo Quân Ngọc Sơn Trang Phúc",
        "Nguyễn Trần Lê Phạm Hoàng Võ Đặng Bùi",
    ),
    "pl": (
        "Zofia Jakub Małgorzata Łukasz Agnieszka Paweł Halina Grażyna Stanisław Żaneta",
        "Wiśniewski Dąbrowska Szczęsny Wójcik Kaźmierczak Łęcki Żurawska Brzęczyk",
    ),
}
_SPLIT = {language: (first.split(), last.split()) for language, (first, last) in _LISTS.items()}


def name_made(random: Random, languages: str, *, long: bool) -> str:
    """A name of one of ``languages`` (codes with blanks between), or a ``long`` one of several names."""
    first, last = _SPLIT[random.choice(languages.split())]
    if long:
        return " ".join([*random.sample(first, 3), *random.sample(last, min(5, len(last)))])
    given = "-".join(random.sample(first, 2)) if random.random() < 0.04 else random.choice(first)
    family = " ".join(random.sample(last, 2)) if random.random() < 0.12 else random.choice(last)
    return f"{given} {family}"

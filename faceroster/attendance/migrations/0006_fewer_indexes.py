"""Foreign keys that lead an index anyway lose their own: every punch and every workday is written faster."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("attendance", "0005_words"),
        ("people", "0004_words"),
    ]

    operations = [
        migrations.AlterField(
            model_name="due",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="people.person",
            ),
        ),
        migrations.AlterField(
            model_name="punch",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="punches",
                to="people.person",
                verbose_name="person",
            ),
        ),
        migrations.AlterField(
            model_name="seal",
            name="event",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="seals",
                to="attendance.periodevent",
            ),
        ),
        migrations.AlterField(
            model_name="workday",
            name="department",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="workdays",
                to="people.department",
            ),
        ),
        migrations.AlterField(
            model_name="workday",
            name="period",
            field=models.ForeignKey(
                db_index=False,
                help_text="The closed period that it is sealed in.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="workdays",
                to="attendance.period",
            ),
        ),
        migrations.AlterField(
            model_name="workday",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="workdays",
                to="people.person",
            ),
        ),
        migrations.AlterField(
            model_name="workday",
            name="site",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="workdays",
                to="people.site",
            ),
        ),
    ]

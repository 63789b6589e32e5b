from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", "0004_face_models"),
    ]

    operations = [
        migrations.AddField(
            model_name="facemodel",
            name="stopped",
            field=models.TextField(blank=True, default="", verbose_name="stopped because"),
        ),
    ]
